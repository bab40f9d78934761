package io.criulazy.client.cli;

import static io.criulazy.client.cli.CriuOption.NO_LETTER;
import static io.criulazy.client.cli.CriuOption.flag;
import static io.criulazy.client.cli.CriuOption.negatable;
import static io.criulazy.client.cli.CriuOption.with;

import io.criulazy.client.cli.Getopt.Given;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The options of {@code criu-lazy page-server}: criu's, and those that criu does not have. */
final class PageServerCommandLine {
  private static final Set<String> COMMON =
      Set.of(
          "images-dir",
          "work-dir",
          "log-file",
          "verbosity",
          "daemon",
          "pidfile",
          "status-fd",
          "config",
          "no-default-config",
          "version",
          "help");

  private static final List<CriuOption> OWN =
      List.of(
          with("address", NO_LETTER, "ADDR", "where to listen (default: everywhere)"),
          with("port", NO_LETTER, "PORT", "0, the default: any free one, printed to stdout"),
          flag(
              "lazy-pages",
              NO_LETTER,
              "serve the pages of the images in DIR; without it, receive\n" + "a dump into DIR"),
          with(
              "prev-images-dir",
              NO_LETTER,
              "DIR",
              "receiving: the images before, relative to -D; links them as\n" + "DIR/parent"),
          flag("once", NO_LETTER, "exit when the first client is done (default: receiving)"),
          flag("keep", NO_LETTER, "go on until SIGTERM (default: with --lazy-pages)"),
          flag("plain", NO_LETTER, "serve `criu-lazy lazy-pages` of other hosts without TLS too"),
          flag(
              "no-short-circuit",
              NO_LETTER,
              "give `criu-lazy lazy-pages` of this host pages over TCP, too, and\nno files"),
          negatable("tls", NO_LETTER, "TLS, certificates on both sides"),
          with("tls-cacert", NO_LETTER, "FILE", "who signed them (/etc/pki/CA/cacert.pem)"),
          with("tls-cacrl", NO_LETTER, "FILE", "revoked ones (/etc/pki/CA/cacrl.pem)"),
          with("tls-cert", NO_LETTER, "FILE", "our certificate (/etc/pki/criu/cert.pem)"),
          with("tls-key", NO_LETTER, "FILE", "our key (/etc/pki/criu/private/key.pem)"),
          flag(
              "tls-no-cn-verify",
              NO_LETTER,
              "do not ask that the client's certificate carries ADDR"),
          with("ps-socket", NO_LETTER, "FD", "refused: a JVM can't take a connection over"));

  /** In the order of the help page. */
  static final List<CriuOption> DECLARED =
      Stream.concat(
              OWN.stream(),
              CriuOptions.DECLARED.stream().filter(option -> COMMON.contains(option.longName())))
          .toList();

  private final CriuOptions criu;
  private final NetworkOptions network;
  private boolean serving;
  private boolean plainAnywhere;
  private boolean shortCircuit = true;
  private Boolean once;
  private Path previousImages;

  private PageServerCommandLine(CriuOptions criu, NetworkOptions network) {
    this.criu = criu;
    this.network = network;
  }

  /**
   * @throws UsageException if an argument is not what its option needs
   */
  static PageServerCommandLine of(List<Given> given) throws UsageException {
    PageServerCommandLine line =
        new PageServerCommandLine(CriuOptions.of(given), NetworkOptions.of(given));
    for (Given option : given) {
      switch (option.option().longName()) {
        case "lazy-pages" -> line.serving = true;
        case "once" -> line.once = true;
        case "no-short-circuit" -> line.shortCircuit = false;
        case "plain" -> line.plainAnywhere = true;
        case "keep" -> line.once = false;
        case "prev-images-dir" -> line.previousImages = Path.of(option.value());
        default -> {
          // criu's, or the network's
        }
      }
    }
    return line;
  }

  CriuOptions criu() {
    return criu;
  }

  NetworkOptions network() {
    return network;
  }

  /** Whether images are served; else a dump is received. */
  boolean isServing() {
    return serving;
  }

  /** Whether our own clients of other hosts are served without TLS, as criu's are. */
  boolean isPlainAnywhere() {
    return plainAnywhere;
  }

  /** Whether our own clients of this host are given the files, though they come over TCP. */
  boolean isShortCircuit() {
    return shortCircuit;
  }

  /**
   * Whether to exit when the first client is done. Scripts wait for the exit of the criu that
   * receives a dump, and kill the one that serves.
   */
  boolean isOnce() {
    return once == null ? !serving : once;
  }

  /** As given: relative to the images directory; empty if there are none. */
  Optional<Path> previousImages() {
    return Optional.ofNullable(previousImages);
  }
}
