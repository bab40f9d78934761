package io.criulazy.client.cli;

import io.criulazy.client.session.LazyPages;
import io.criulazy.client.session.LazyRestoreOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code criu-lazy lazy-pages}: stands in for {@code criu lazy-pages}. */
@Command(
    name = LazyPagesCommand.NAME,
    header = "Gives one restored process tree its memory on demand; exits 0 when all is in place.",
    description = {
      "%nStands in for `criu lazy-pages`: the same options, the same socket. Start it, then run"
          + " `criu restore --lazy-pages` (or runc's, podman's) on the same images.",
      "Other options of criu's are accepted and ignored, with a warning."
    },
    sortOptions = false,
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  criu-lazy lazy-pages -D img &",
      "  criu restore -D img --lazy-pages -d",
      "",
      "  criu-lazy lazy-pages -D img -d --pidfile lazy.pid -o lazy.log -v3",
      "      in the background from the moment it is ready; log and pidfile in img/"
    })
final class LazyPagesCommand implements Callable<Integer> {

  static final String NAME = "lazy-pages";

  @Spec private CommandSpec spec;

  @Mixin private CriuOptions criu;

  @Option(
      names = "--metrics-address",
      paramLabel = "HOST:PORT",
      description = "serve Prometheus metrics on http://HOST:PORT/metrics")
  private String metricsAddress;

  @Option(
      names = "--progress",
      negatable = true,
      description = "show progress on stderr (default: when it is a terminal and not -v0)")
  private Boolean progress;

  private List<String> warnings = List.of();

  /** What the command line said that is accepted and ignored; goes to the log. */
  void warnings(List<String> ignored) {
    warnings = List.copyOf(ignored);
  }

  @Override
  public Integer call() throws Exception {
    if (criu.isVersion()) {
      spec.commandLine().getOut().println(BuildInfo.load().describe(criu.verbosity() > 2));
      return 0;
    }
    refuseWhatIsNotThereYet();
    requireDirectory("-D", criu.imagesDir());
    requireDirectory("-W", criu.workDir());
    if (criu.isDaemon() && !Detached.isDaemon()) {
      Detached.start(criu.pidfile(), new Readiness(criu.statusFd()));
      return 0;
    }
    Log.start(criu);
    Logger log = LoggerFactory.getLogger(LazyPagesCommand.class);
    log.info("{}", BuildInfo.load().describe(true));
    warnings.forEach(log::warn);
    return new LazyPages(restoreOptions()).run() ? 0 : 1;
  }

  private LazyRestoreOptions restoreOptions() throws UsageException {
    return new LazyRestoreOptions(
        criu.imagesDir(), criu.workDir(), metricsAddress(), isProgress(), this::ready);
  }

  private void ready() throws IOException {
    if (Detached.isDaemon()) {
      Detached.reportReady();
    } else {
      new Readiness(criu.statusFd()).announce();
    }
  }

  private void refuseWhatIsNotThereYet() throws CommandException {
    if (criu.isPageServer()) {
      throw new CommandException(
          "cannot fetch pages from a page server: this version serves images of this host only."
              + " Leave --page-server out and give the directory that holds the pages with -D");
    }
  }

  private static void requireDirectory(String option, Path directory) throws CommandException {
    if (!Files.isDirectory(directory)) {
      throw new CommandException(
          "cannot open the directory "
              + directory
              + ": "
              + (Files.exists(directory) ? "it is a file" : "there is none")
              + ". Give the right one with "
              + option);
    }
  }

  private Optional<InetSocketAddress> metricsAddress() throws UsageException {
    if (metricsAddress == null) {
      return Optional.empty();
    }
    int colon = metricsAddress.lastIndexOf(':');
    String port = metricsAddress.substring(colon + 1);
    if (colon < 0
        || port.isEmpty()
        || port.length() > 5
        || !port.chars().allMatch(Character::isDigit)
        || Integer.parseInt(port) > 65535) {
      throw new UsageException(
          "option --metrics-address " + metricsAddress + " is not HOST:PORT, as 127.0.0.1:9464");
    }
    String host = metricsAddress.substring(0, colon);
    return Optional.of(
        host.isEmpty()
            ? new InetSocketAddress(Integer.parseInt(port))
            : new InetSocketAddress(host, Integer.parseInt(port)));
  }

  private boolean isProgress() throws UsageException {
    if (progress != null) {
      return progress;
    }
    return criu.verbosity() > 0 && !Detached.isDaemon() && isStderrTerminal();
  }

  private static boolean isStderrTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }
}
