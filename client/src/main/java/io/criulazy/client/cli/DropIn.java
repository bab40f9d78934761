package io.criulazy.client.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The commands that stand in for one of criu's, and take their command line as criu does. */
enum DropIn {
  LAZY_PAGES(LazyPagesCommand.NAME, LazyPagesOptions.DECLARED) {
    @Override
    int run(CriuArguments arguments) throws Exception {
      return new LazyPagesCommand(arguments).run();
    }
  },
  PAGE_SERVER(PageServerCommand.NAME, PageServerCommandLine.DECLARED) {
    @Override
    int run(CriuArguments arguments) throws Exception {
      return new PageServerCommand(arguments).run();
    }
  };

  private final String command;
  private final List<CriuOption> options;

  DropIn(String command, List<CriuOption> options) {
    this.command = command;
    this.options = options;
  }

  /**
   * Runs the command.
   *
   * @return the exit code
   * @throws Exception if it can't be done: {@link ErrorLine} makes a message of it
   */
  abstract int run(CriuArguments arguments) throws Exception;

  /** The word on the command line. */
  String command() {
    return command;
  }

  /** The options that mean something to it. */
  List<CriuOption> options() {
    return options;
  }

  /** The one that the arguments ask for: criu takes its command in any place among the options. */
  static Optional<DropIn> in(String... args) {
    boolean first = args.length > 0 && !args[0].startsWith("-");
    List<String> words = first ? List.of(args[0]) : Arrays.asList(args);
    return Arrays.stream(values()).filter(each -> words.contains(each.command)).findFirst();
  }
}
