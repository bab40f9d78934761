package io.criulazy.client.cli;

import io.criulazy.client.control.ServedPagesOptions;
import io.criulazy.daemon.server.TlsSettings;
import io.criulazy.daemon.unix.PeerList;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Which pages {@code criu-lazy daemon} serves, where and to whom. */
final class PagesGroup {
  @Option(
      names = "--serve",
      paramLabel = "DIR",
      description = "serve the pages of the images in DIR to `criu lazy-pages --page-server`")
  private Path directory;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      description =
          "serve all images below DIR to `criu-lazy lazy-pages --page-server --image-set NAME`; may"
              + " be given several times")
  private List<Path> roots = List.of();

  @Option(names = "--port", description = "serve them over TCP; 0 takes a free port")
  private Integer port;

  @Option(
      names = "--address",
      paramLabel = "ADDR",
      defaultValue = "127.0.0.1",
      description = "the address for that (default: ${DEFAULT-VALUE})")
  private String address;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "serve them on this host: root and the daemon's user may use the unix socket")
  private Path socket;

  @Option(names = "--allow-uid", paramLabel = "UID", description = "and this user")
  private Set<Integer> uids = Set.of();

  @Option(names = "--allow-gid", paramLabel = "GID", description = "and this group's")
  private Set<Integer> gids = Set.of();

  @Option(
      names = "--no-short-circuit",
      description = "give clients of this host that come over TCP pages, and no files")
  private boolean networkOnly;

  @Option(
      names = "--plain",
      description = "serve other hosts without TLS: whoever reaches the port reads all memory")
  private boolean plain;

  @ArgGroup(exclusive = false)
  private TlsGroup tls;

  /** Who the page server is, and whom it trusts. */
  static final class TlsGroup {
    @Option(
        names = "--tls-cert",
        required = true,
        paramLabel = "FILE",
        description = "TLS over TCP; the page server's certificate")
    private Path certificate;

    @Option(
        names = "--tls-key",
        required = true,
        paramLabel = "FILE",
        description = "the certificate's key")
    private Path key;

    @Option(
        names = "--tls-cacert",
        required = true,
        paramLabel = "FILE",
        description = "clients have to have a certificate of this authority")
    private Path authorities;

    TlsSettings settings() {
      return new TlsSettings(
          certificate, key, Optional.of(authorities), Optional.empty(), Optional.empty());
    }
  }

  /**
   * What was given.
   *
   * @throws CommandException if it makes no sense together
   */
  ServedPagesOptions options() throws CommandException {
    if (directory == null && roots.isEmpty()) {
      throw new CommandException(
          "cannot serve pages: no images are given; give them with --serve or --root");
    }
    if (port == null && socket == null) {
      throw new CommandException(
          "cannot serve pages: no place is given where clients find them; give --port or --socket");
    }
    return new ServedPagesOptions(
        Optional.ofNullable(directory).map(Path::toAbsolutePath),
        roots.stream().map(Path::toAbsolutePath).toList(),
        tcp(),
        Optional.ofNullable(socket).map(Path::toAbsolutePath),
        new PeerList(uids, gids),
        Optional.ofNullable(tls).map(TlsGroup::settings),
        !networkOnly,
        plain);
  }

  private Optional<InetSocketAddress> tcp() throws CommandException {
    if (port == null) {
      return Optional.empty();
    }
    if (port < 0 || port > 65_535) {
      throw new CommandException("--port " + port + " is not from 0 to 65535");
    }
    InetSocketAddress tcp = new InetSocketAddress(address, port);
    if (tcp.isUnresolved()) {
      throw new CommandException(
          "cannot listen on " + address + ": no such host. Give an address of this one");
    }
    if (tls == null && !plain && !tcp.getAddress().isLoopbackAddress()) {
      throw new CommandException(
          "cannot serve pages at %s without TLS: whoever reaches it would read all memory. Give --tls-cert, --tls-key and --tls-cacert, or --plain if only friends can reach it"
              .formatted(address));
    }
    return Optional.of(tcp);
  }
}
