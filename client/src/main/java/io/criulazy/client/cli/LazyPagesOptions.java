package io.criulazy.client.cli;

import static io.criulazy.client.cli.CriuOption.NO_LETTER;
import static io.criulazy.client.cli.CriuOption.flag;
import static io.criulazy.client.cli.CriuOption.negatable;
import static io.criulazy.client.cli.CriuOption.with;

import io.criulazy.client.cli.Getopt.Given;
import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.session.LazyRestoreOptions;
import io.criulazy.client.source.RemoteImages;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The options of {@code criu-lazy lazy-pages}: criu's, and those that criu does not have. */
final class LazyPagesOptions {

  static final List<CriuOption> DECLARED =
      Stream.concat(
              CriuOptions.DECLARED.stream(),
              Stream.of(
                  with(
                      "metrics-address",
                      NO_LETTER,
                      "HOST:PORT",
                      "serve Prometheus metrics on http://HOST:PORT/metrics"),
                  with(
                      "image-set",
                      NO_LETTER,
                      "NAME",
                      "the page server's name of the images, if it has several"),
                  flag(
                      "compress",
                      NO_LETTER,
                      "have the background compressed by our page server: for\n"
                          + "networks that are slower than 1 GB/s"),
                  flag(
                      "no-short-circuit",
                      NO_LETTER,
                      "fetch pages over the network, also from a page server on this\n"
                          + "host (default: its files are mapped, if it is ours)"),
                  with(
                      "source-timeout",
                      NO_LETTER,
                      "SECONDS",
                      "treat pages as lost that were asked for, when no page server\n"
                          + "has given any for so long (default: never; they are asked\n"
                          + "for again and again)"),
                  with(
                      "on-lost-page",
                      NO_LETTER,
                      "POLICY",
                      "let a process whose pages can't be had wait (default), or\n"
                          + "poison those pages, or kill it"),
                  negatable(
                      "resume",
                      NO_LETTER,
                      "go on with a restore whose lazy-pages was killed; ends at\n"
                          + "once if there is none"),
                  negatable(
                      "progress",
                      NO_LETTER,
                      "show progress on stderr (default: when it is a terminal\n"
                          + "and not -v0)")))
          .toList();

  private final CriuOptions criu;
  private final NetworkOptions network;
  private String imageSet = "";
  private InetSocketAddress metricsAddress;
  private Boolean progress;
  private boolean resume;
  private boolean compressed;
  private boolean shortCircuit = true;
  private Duration sourceTimeout = Duration.ZERO;
  private LostPagePolicy onLostPage = LostPagePolicy.WAIT;

  private LazyPagesOptions(CriuOptions criu, NetworkOptions network) {
    this.criu = criu;
    this.network = network;
  }

  /**
   * @throws UsageException if an argument is not what its option needs
   */
  static LazyPagesOptions of(List<Given> given) throws UsageException {
    LazyPagesOptions options =
        new LazyPagesOptions(CriuOptions.of(given), NetworkOptions.of(given));
    for (Given option : given) {
      switch (option.option().longName()) {
        case "metrics-address" ->
            options.metricsAddress = HostPort.address(option.option().longName(), option.value());
        case "image-set" -> options.imageSet = option.value();
        case "source-timeout" ->
            options.sourceTimeout = Duration.ofSeconds(CriuOptions.number(option));
        case "no-short-circuit" -> options.shortCircuit = false;
        case "compress" -> options.compressed = true;
        case "on-lost-page" -> options.onLostPage = OnLostPage.policy(option.value());
        case "resume" -> options.resume = !option.negated();
        case "progress" -> options.progress = !option.negated();
        default -> {
          // criu's own
        }
      }
    }
    return options;
  }

  /**
   * The same for words of a command line that this program has made itself: no file is read for it.
   *
   * @throws UsageException if an argument is not what its option needs
   */
  static LazyPagesOptions ofWords(List<String> words) throws UsageException {
    return of(Getopt.parse(words, OptionTable.of(DECLARED)).options());
  }

  CriuOptions criu() {
    return criu;
  }

  /**
   * All of it, for one lazy restore.
   *
   * @param onReady called when the socket is there
   * @throws CommandException if a server is asked for and can't be known from the options
   * @throws IOException if a TLS file is missing or damaged
   */
  LazyRestoreOptions restore(LazyRestoreOptions.ReadyHook onReady)
      throws IOException, CommandException {
    return new LazyRestoreOptions(
        criu.imagesDir(),
        criu.workDir(),
        remote(),
        resume,
        onLostPage,
        Optional.ofNullable(metricsAddress),
        progress(),
        onReady);
  }

  /**
   * Where the pages are if they are not here.
   *
   * @throws CommandException if a server is asked for and can't be known from the options
   * @throws IOException if a TLS file is missing or damaged
   */
  Optional<RemoteImages> remote() throws IOException, CommandException {
    if (!criu.isPageServer()) {
      return Optional.empty();
    }
    network.refuseInheritedConnection();
    return Optional.of(
        new RemoteImages(
            network.servers(),
            network.clientTls(),
            imageSet,
            compressed,
            shortCircuit,
            sourceTimeout));
  }

  /** The standard error stream if progress is to be shown: as told, else when somebody looks. */
  private Optional<PrintStream> progress() {
    boolean shown =
        progress != null
            ? progress
            : criu.verbosity() > 0 && !Detached.isDaemon() && Terminal.isAt(2);
    return shown ? Optional.of(System.err) : Optional.empty();
  }
}
