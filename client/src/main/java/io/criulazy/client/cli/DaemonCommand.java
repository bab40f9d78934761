package io.criulazy.client.cli;

import io.criulazy.client.BuildInfo;
import io.criulazy.client.control.ResidentDaemon;
import io.criulazy.client.control.ResidentDaemonOptions;
import io.criulazy.client.control.ServedPagesOptions;
import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.restore.EngineWarmUp;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code criu-lazy daemon}: serves any number of lazy restores, and pages to other hosts. */
@Command(
    name = "daemon",
    header = "Stays, and serves any number of lazy restores at once; no start in the way.",
    description = {
      "%nRestores are prepared, watched and cancelled over a control socket: HTTP with JSON, for root"
          + " and the daemon's own user. From the moment that a restore is prepared"
          + " `criu restore --lazy-pages -W WORK_DIR` finds its socket there.",
      "",
      "SIGTERM: no more restores are prepared, those under way get all their memory, then it exits."
          + " At a second one it leaves at once. Then, and when it is killed, its processes wait,"
          + " held by its keeper, and the next daemon with the same control socket goes on with"
          + " them: by hand, by systemd, or at once with --supervise."
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  criu-lazy daemon --metrics-address 127.0.0.1:9464 &",
      "  criu-lazy prepare -D /img              then: criu restore -D /img --lazy-pages -d",
      "  curl --unix-socket /run/criu-lazy/control.sock http://d/v1/restores \\",
      "      -d '{\"images_dir\": \"/img\", \"work_dir\": \"/run/work\"}'",
      "  criu-lazy status                       what is going on"
    })
final class DaemonCommand implements Callable<Integer> {
  private static final String SUPERVISE = "--supervise";

  @Option(
      names = "--control",
      paramLabel = "PATH",
      defaultValue = ControlOption.DEFAULT,
      description = "the control socket, mode 0600 (default: ${DEFAULT-VALUE})")
  private Path control;

  @Option(
      names = "--metrics-address",
      paramLabel = "HOST:PORT",
      converter = HostPort.MetricsAddress.class,
      description = "serve Prometheus metrics at http://HOST:PORT/metrics")
  private InetSocketAddress metricsAddress;

  @Option(
      names = "--on-lost-page",
      paramLabel = "wait|poison|kill",
      defaultValue = "wait",
      converter = OnLostPage.class,
      description =
          "what to do with a process whose pages can't be had, unless its restore was prepared"
              + " with another wish (default: wait)")
  private LostPagePolicy onLostPage;

  @ArgGroup(exclusive = false, heading = "%nPages for others:%n")
  private PagesGroup pages;

  @Option(
      names = {"-o", "--log-file"},
      paramLabel = "FILE",
      description = "write the log to FILE, not to stderr")
  private Path logFile;

  @Option(
      names = {"-v", "--verbosity"},
      paramLabel = "LEVEL",
      defaultValue = "3",
      description = "0 nothing, 1 errors, 2 warnings, 3 what happens, 4 all (default: 3)")
  private int verbosity;

  @Option(
      names = "--status-fd",
      paramLabel = "FD",
      description = "write one NUL byte to FD when restores can be prepared")
  private Integer statusFd;

  @Option(
      names = SUPERVISE,
      description = "start the daemon again by itself whenever it dies; signals are handed on")
  private boolean supervised;

  @Mixin private HelpOption help;

  @Override
  public Integer call() throws Exception {
    if (Detached.isDaemon()) {
      Log.resume(verbosity, logFile);
    } else {
      Log.start(verbosity, logFile);
    }
    Readiness readiness = new Readiness(statusFd);
    if (supervised) {
      List<String> command = Detached.commandLine();
      command.remove(SUPERVISE);
      return new Supervisor(command, readiness).run();
    }
    LoggerFactory.getLogger(DaemonCommand.class).info("{}", BuildInfo.load().describe(false));
    ResidentDaemonOptions options =
        new ResidentDaemonOptions(
            control.toAbsolutePath(), onLostPage, Optional.ofNullable(metricsAddress), served());
    new ResidentDaemon(
            options,
            () -> {
              readiness.announce();
              warmUp();
            })
        .run();
    return 0;
  }

  /** Beside what it serves already. */
  private static void warmUp() {
    Thread thread = new Thread(() -> EngineWarmUp.run(WarmUpCommand.IMAGES), "warm-up");
    thread.setDaemon(true);
    thread.start();
  }

  private Optional<ServedPagesOptions> served() throws CommandException {
    return pages == null ? Optional.empty() : Optional.of(pages.options());
  }
}
