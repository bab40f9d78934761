package io.criulazy.client.cli;

import static io.criulazy.client.cli.CriuOption.NO_LETTER;
import static io.criulazy.client.cli.CriuOption.flag;
import static io.criulazy.client.cli.CriuOption.negatable;
import static io.criulazy.client.cli.CriuOption.with;

import io.criulazy.client.cli.Getopt.Given;
import io.criulazy.client.fault.LostPagePolicy;
import java.io.PrintStream;
import java.net.InetSocketAddress;
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

  CriuOptions criu() {
    return criu;
  }

  /** Where the page server is, if there is one. */
  NetworkOptions network() {
    return network;
  }

  /** The server's name of the images; empty: its only ones. */
  String imageSet() {
    return imageSet;
  }

  /** Whether what no thread waits for is to come compressed. */
  boolean isCompressed() {
    return compressed;
  }

  /** Whether to go on where an earlier program was killed. */
  boolean isResume() {
    return resume;
  }

  /** What becomes of a process whose pages can't be had. */
  LostPagePolicy onLostPage() {
    return onLostPage;
  }

  Optional<InetSocketAddress> metricsAddress() {
    return Optional.ofNullable(metricsAddress);
  }

  /** The standard error stream if progress is to be shown: as told, else when somebody looks. */
  Optional<PrintStream> progress() {
    boolean shown =
        progress != null
            ? progress
            : criu.verbosity() > 0 && !Detached.isDaemon() && Terminal.isAt(2);
    return shown ? Optional.of(System.err) : Optional.empty();
  }
}
