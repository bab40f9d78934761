package io.criulazy.client.cli;

import io.criulazy.client.BuildInfo;
import java.io.PrintWriter;
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
    subcommands = {
      DumpCommand.class,
      RestoreCommand.class,
      LazyPagesCommand.class,
      PageServerCommand.class,
      DaemonCommand.class,
      PrepareCommand.class,
      StatusCommand.class,
      CheckCommand.class,
      InspectCommand.class,
      WarmUpCommand.class
    },
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  criu dump -t PID -D img                checkpoint a process, as ever",
      "  criu-lazy lazy-pages -D img &          where its memory will come from",
      "  criu restore -D img --lazy-pages -d    it runs; pages come as it touches them",
      "  criu-lazy daemon &                     stays, for any number of restores",
      "  criu-lazy status                       what it does now",
      "  criu-lazy inspect img                  what is in the images?",
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
    return DropIn.in(args).map(command -> runAsCriu(command, args)).orElseGet(() -> runOwn(args));
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

  private static int runAsCriu(DropIn command, String[] args) {
    try {
      CriuArguments arguments =
          CriuArguments.parse(args, OptionTable.of(command.options()), System.getenv());
      if (arguments.operands().indexOf(command.command()) != 0) {
        throw new UsageException("the command is missing");
      }
      return command.run(arguments);
    } catch (UsageException e) {
      System.err.println(usageError("criu-lazy " + command.command(), e));
      return FAILURE;
    } catch (Exception e) {
      System.err.println(ErrorLine.of(e));
      return FAILURE;
    }
  }

  private static int runOwn(String[] args) {
    CommandLine line = new CommandLine(new CriuLazy());
    line.setExpandAtFiles(false);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler(
        (e, given) -> {
          CommandLine failed = e.getCommandLine();
          failed.getErr().println(usageError(failed.getCommandSpec().qualifiedName(), e));
          return FAILURE;
        });
    line.setExecutionExceptionHandler(
        (e, failed, parsed) -> {
          failed
              .getErr()
              .println(
                  e instanceof UsageException
                      ? usageError(failed.getCommandSpec().qualifiedName(), e)
                      : ErrorLine.of(e));
          return FAILURE;
        });
    return line.execute(args);
  }

  private static ErrorLine usageError(String command, Exception e) {
    return new ErrorLine(e.getMessage() + ". Try " + command + " --help");
  }
}
