package io.criulazy.client.cli;

import io.criulazy.client.BuildInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The commands that stand in for one of criu's, and take their command line as criu does. */
enum DropIn {
  LAZY_PAGES(LazyPagesCommand.NAME, LazyPagesOptions.DECLARED) {
    @Override
    DropInCommand make(CriuArguments arguments) throws UsageException {
      return new LazyPagesCommand(arguments);
    }
  },
  PAGE_SERVER(PageServerCommand.NAME, PageServerCommandLine.DECLARED) {
    @Override
    DropInCommand make(CriuArguments arguments) throws UsageException {
      return new PageServerCommand(arguments);
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
  int run(CriuArguments arguments) throws Exception {
    DropInCommand made = make(arguments);
    CriuOptions criu = made.criu();
    if (criu.isHelp()) {
      made.help().print(System.out);
      return 0;
    }
    if (criu.isVersion()) {
      System.out.println(BuildInfo.load().describe(criu.verbosity() > 2));
      return 0;
    }
    if (arguments.operands().size() > 1) {
      throw new UsageException("'" + arguments.operands().get(1) + "' is one word too many");
    }
    made.check();
    criu.requireDirectories();
    if (criu.isDaemon() && !Detached.isDaemon()) {
      Detached.start(criu);
      return 0;
    }
    beginLog(criu, arguments);
    return made.serve();
  }

  private static void beginLog(CriuOptions criu, CriuArguments arguments) throws CommandException {
    Log.start(criu);
    Logger log = LoggerFactory.getLogger(DropIn.class);
    log.info("{}", BuildInfo.load().describe(false));
    arguments.warnings().forEach(log::warn);
  }

  abstract DropInCommand make(CriuArguments arguments) throws UsageException;

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
