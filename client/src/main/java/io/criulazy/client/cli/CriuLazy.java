package io.criulazy.client.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The {@code criu-lazy} command.
 *
 * <p>Exit codes are criu's: 0 it worked, 1 it did not, a wrong command line included. Commands that
 * stand in for one of criu's take their command line as criu does ({@link CriuArguments}).
 */
@Command(
    name = "criu-lazy",
    header = "Brings processes back from CRIU images at once, their memory on demand.",
    description = "",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {LazyPagesCommand.class, CheckCommand.class, WarmUpCommand.class},
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  criu dump -t PID -D img                checkpoint a process, as ever",
      "  criu-lazy lazy-pages -D img &          where its memory will come from",
      "  criu restore -D img --lazy-pages -d    it runs; pages come as it touches them",
      "  criu-lazy check                        can this machine do it?",
      "",
      "criu-lazy COMMAND --help explains one command."
    })
public final class CriuLazy implements Callable<Integer> {

  private static final int FAILURE = 1;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-V", "--version"},
      description = "print the version and exit; more of it with -v")
  private boolean version;

  @Option(
      names = {"-v", "--verbose"},
      description = "with -V: the kernel and the JDK too")
  private boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "print this help and exit")
  private boolean help;

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs one command and returns its exit code. */
  static int run(String... args) {
    String command = args.length > 0 && !args[0].startsWith("-") ? args[0] : null;
    if (LazyPagesCommand.NAME.equals(command)) {
      return runAsCriu(args);
    }
    if (command == null && Arrays.asList(args).contains(LazyPagesCommand.NAME)) {
      return runAsCriu(args);
    }
    return execute(new CommandLine(new CriuLazy()), args);
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (version) {
      out.println(BuildInfo.load().describe(verbose));
      return 0;
    }
    spec.commandLine().usage(spec.commandLine().getErr());
    spec.commandLine().getErr().println(new ErrorLine("a command is required"));
    return FAILURE;
  }

  /** criu takes its command in any place among the options, and options in its own way. */
  private static int runAsCriu(String[] args) {
    CommandLine line = new CommandLine(new LazyPagesCommand());
    line.setCommandName("criu-lazy " + LazyPagesCommand.NAME);
    try {
      CriuArguments criu =
          CriuArguments.parse(args, OptionTable.of(line.getCommandSpec()), System.getenv());
      if (!criu.operands().get(0).equals(LazyPagesCommand.NAME)) {
        return execute(new CommandLine(new CriuLazy()), args);
      }
      List<String> words = new ArrayList<>(criu.canonical());
      words.addAll(criu.operands().subList(1, criu.operands().size()));
      line.<LazyPagesCommand>getCommand().warnings(criu.warnings());
      return execute(line, words.toArray(String[]::new));
    } catch (UsageException e) {
      return usageError(line, e);
    }
  }

  private static int execute(CommandLine line, String[] args) {
    line.setExpandAtFiles(false);
    line.setParameterExceptionHandler((e, given) -> usageError(e.getCommandLine(), e));
    line.setExecutionExceptionHandler(
        (e, failed, parsed) ->
            e instanceof UsageException ? usageError(failed, e) : failure(failed, e));
    return line.execute(args);
  }

  private static int usageError(CommandLine line, Exception e) {
    String command = line.getCommandSpec().qualifiedName();
    line.getErr().println(new ErrorLine(e.getMessage() + ". Try " + command + " --help"));
    return FAILURE;
  }

  private static int failure(CommandLine line, Exception e) {
    line.getErr().println(ErrorLine.of(e));
    return FAILURE;
  }
}
