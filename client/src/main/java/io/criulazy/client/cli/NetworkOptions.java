package io.criulazy.client.cli;

import io.criulazy.client.cli.Getopt.Given;
import io.criulazy.client.source.ClientTlsFiles;
import io.criulazy.client.source.ServerAddress;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** criu's options that say where a page server is and who may talk to it. */
final class NetworkOptions {
  private static final Path PKI = Path.of("/etc/pki");

  private static final String UNIX = "unix:";

  private String address;
  private int port;

  /** The number of a file descriptor that is the connection, or null. */
  private Integer socket;

  private boolean tls;
  private boolean tlsNoCnVerify;
  private Path authorities;
  private Path revoked;
  private Path certificate = PKI.resolve("criu/cert.pem");
  private Path key = PKI.resolve("criu/private/key.pem");

  /**
   * Takes them out of all that were given.
   *
   * @throws UsageException if an argument is not what the option needs
   */
  static NetworkOptions of(List<Given> given) throws UsageException {
    NetworkOptions options = new NetworkOptions();
    for (Given option : given) {
      options.take(option);
    }
    return options;
  }

  private void take(Given given) throws UsageException {
    String value = given.value();
    switch (given.option().longName()) {
      case "address" -> address = address == null ? value : address + "," + value;
      case "port" -> port = HostPort.port("port", value);
      case "ps-socket" -> socket = CriuOptions.number(given);
      case "tls" -> tls = !given.negated();
      case "tls-no-cn-verify" -> tlsNoCnVerify = true;
      case "tls-cacert" -> authorities = Path.of(value);
      case "tls-cacrl" -> revoked = Path.of(value);
      case "tls-cert" -> certificate = Path.of(value);
      case "tls-key" -> key = Path.of(value);
      default -> {
        // not of the network
      }
    }
  }

  /**
   * Where to listen: everywhere if no address was given.
   *
   * @throws CommandException if there is no such address
   */
  SocketAddress listenAddress() throws CommandException {
    if (address == null) {
      return new InetSocketAddress(port);
    }
    if (address.startsWith(UNIX)) {
      return new DomainSocketAddress(address.substring(UNIX.length()));
    }
    InetSocketAddress resolved = new InetSocketAddress(address, port);
    if (resolved.isUnresolved()) {
      throw new CommandException(
          "cannot listen on " + address + ": no such host. Give an address of this one");
    }
    return resolved;
  }

  /**
   * The page servers to fetch from: one, or replicas.
   *
   * @throws CommandException if none is given, or one can't be
   */
  List<ServerAddress> servers() throws CommandException {
    if (address == null) {
      throw new CommandException(
          "cannot fetch pages: --page-server needs the server's --address and --port, or --address"
              + " unix:PATH");
    }
    List<ServerAddress> servers = new ArrayList<>();
    for (String one : address.split(",")) {
      servers.add(server(one));
    }
    return servers;
  }

  private ServerAddress server(String given) throws CommandException {
    if (given.startsWith(UNIX)) {
      return ServerAddress.unix(Path.of(given.substring(UNIX.length())).toAbsolutePath());
    }
    if (port == 0) {
      throw new CommandException("cannot fetch pages from " + given + ": give its --port");
    }
    return ServerAddress.tcp(given, port);
  }

  /**
   * How to encrypt connections to {@link #servers}, if they are to be; absolute.
   *
   * @throws IOException if a file is missing or damaged
   */
  Optional<ClientTlsFiles> clientTls() throws IOException {
    if (!tls) {
      return Optional.empty();
    }
    ClientTlsFiles files =
        new ClientTlsFiles(
            certificate.toAbsolutePath(),
            key.toAbsolutePath(),
            authorities().map(Path::toAbsolutePath),
            revoked().map(Path::toAbsolutePath),
            tlsNoCnVerify);
    files.read();
    return Optional.of(files);
  }

  /** Whether the kernel is to choose the port. */
  boolean isPortFree() {
    return port == 0;
  }

  /**
   * @throws CommandException if an open connection is to be used
   */
  void refuseInheritedConnection() throws CommandException {
    if (socket != null) {
      throw new CommandException(
          "cannot take the connection of --ps-socket over: a JVM has no way to. Give --address and"
              + " --port instead");
    }
  }

  boolean isTls() {
    return tls;
  }

  Path certificate() {
    return certificate;
  }

  Path key() {
    return key;
  }

  /** As given, else criu's default if that file is there, else none: what the system trusts. */
  Optional<Path> authorities() {
    return givenOr(authorities, PKI.resolve("CA/cacert.pem"));
  }

  /** As given, else criu's default if that file is there. */
  Optional<Path> revoked() {
    return givenOr(revoked, PKI.resolve("CA/cacrl.pem"));
  }

  /** The name that the other side's certificate has to carry: as with criu, the --address. */
  Optional<String> peerName() {
    return tlsNoCnVerify ? Optional.empty() : Optional.ofNullable(address);
  }

  private static Optional<Path> givenOr(Path given, Path usual) {
    return given != null ? Optional.of(given) : Optional.of(usual).filter(Files::isReadable);
  }
}
