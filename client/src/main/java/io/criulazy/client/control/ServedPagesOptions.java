package io.criulazy.client.control;

import io.criulazy.daemon.server.TlsSettings;
import io.criulazy.daemon.unix.PeerList;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Which pages a resident daemon serves, where and to whom.
 *
 * @param imagesDir the images that criu's clients get, and ours that give no name
 * @param roots directories of images that our clients get by name
 * @param address where it listens over TCP
 * @param socket where it listens on this host
 * @param peers who may use the socket besides root and the daemon's own user
 * @param tls if connections over TCP are to be encrypted
 * @param shortCircuit whether our clients of this host get the files though they come over TCP
 * @param plainAnywhere whether our clients of other hosts are served without TLS
 */
public record ServedPagesOptions(
    Optional<Path> imagesDir,
    List<Path> roots,
    Optional<InetSocketAddress> address,
    Optional<Path> socket,
    PeerList peers,
    Optional<TlsSettings> tls,
    boolean shortCircuit,
    boolean plainAnywhere) {
  public ServedPagesOptions {
    Objects.requireNonNull(imagesDir);
    roots = List.copyOf(roots);
    Objects.requireNonNull(address);
    Objects.requireNonNull(socket);
    Objects.requireNonNull(peers);
    Objects.requireNonNull(tls);
  }
}
