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
  /** Over TCP. */
  public static ServerAddress tcp(String host, int port) {
    return new ServerAddress(host, port, null);
  }

  /** On this host. */
  public static ServerAddress unix(Path path) {
    return new ServerAddress(null, 0, path);
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
    return isUnix() ? "unix:" + path : host + ":" + port;
  }
}
