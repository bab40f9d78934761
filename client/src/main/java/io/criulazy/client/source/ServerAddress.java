package io.criulazy.client.source;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * Where a page server is.
 *
 * @param host a name or an address; looked up anew for each connection; null: a unix socket
 * @param port 1 to 65535; 0 for a unix socket
 * @param path of the unix socket, or null
 */
public record ServerAddress(String host, int port, Path path) {
  private static final String UNIX = "unix:";

  private static final int MAX_PORT = 65_535;

  /** Over TCP. */
  public static ServerAddress tcp(String host, int port) {
    return new ServerAddress(host, port, null);
  }

  /** On this host. */
  public static ServerAddress unix(Path path) {
    return new ServerAddress(null, 0, path);
  }

  /**
   * As {@link #toString} writes it: {@code HOST:PORT} or {@code unix:PATH}.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static ServerAddress of(String text) {
    if (text.startsWith(UNIX)) {
      return unix(Path.of(text.substring(UNIX.length())));
    }
    int colon = text.lastIndexOf(':');
    if (colon <= 0 || !text.substring(colon + 1).matches("[1-9]\\d{0,4}")) {
      throw new IllegalArgumentException(text + " is neither HOST:PORT nor unix:PATH");
    }
    int port = Integer.parseInt(text.substring(colon + 1));
    if (port > MAX_PORT) {
      throw new IllegalArgumentException(text + ": there is no such port");
    }
    return tcp(text.substring(0, colon), port);
  }

  boolean isUnix() {
    return path != null;
  }

  InetSocketAddress resolve() throws IOException {
    InetSocketAddress resolved = new InetSocketAddress(host, port);
    if (resolved.isUnresolved()) {
      throw new IOException("no such host: " + host);
    }
    return resolved;
  }

  @Override
  public String toString() {
    return isUnix() ? UNIX + path : host + ":" + port;
  }
}
