package io.criulazy.daemon.server;

import io.criulazy.daemon.unix.PeerList;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a page server is told.
 *
 * @param address where it listens; port 0 lets the kernel choose
 * @param protocols asked in this order what a client speaks
 * @param tls who the server is and whom it trusts; none: connections are plain
 * @param peers who may use a unix socket besides root and this process's own user
 * @param shortCircuit whether a server that listens over TCP gives clients of its own host the
 *     files
 * @param maxConnections more are refused
 * @param stallLimit a client that has begun a request has to finish it within that
 * @param meters gets the server's
 */
public record PageServerOptions(
    SocketAddress address,
    List<PageProtocol> protocols,
    Optional<TlsSettings> tls,
    PeerList peers,
    boolean shortCircuit,
    int maxConnections,
    Duration stallLimit,
    MeterRegistry meters) {
  /** Enough for a fleet, and each takes a few KiB. */
  public static final int DEFAULT_MAX_CONNECTIONS = 16_384;

  /** Longer than any network that is worth a migration needs for a header. */
  public static final Duration DEFAULT_STALL_LIMIT = Duration.ofSeconds(30);

  public PageServerOptions {
    Objects.requireNonNull(address);
    protocols = List.copyOf(protocols);
    Objects.requireNonNull(tls);
    Objects.requireNonNull(peers);
    Objects.requireNonNull(stallLimit);
    Objects.requireNonNull(meters);
  }

  /** Plain connections and the default limits. */
  public static PageServerOptions of(
      SocketAddress address, List<PageProtocol> protocols, MeterRegistry meters) {
    return new PageServerOptions(
        address,
        protocols,
        Optional.empty(),
        PeerList.NOBODY_ELSE,
        true,
        DEFAULT_MAX_CONNECTIONS,
        DEFAULT_STALL_LIMIT,
        meters);
  }

  /** The same with TLS. */
  public PageServerOptions withTls(TlsSettings settings) {
    return new PageServerOptions(
        address,
        protocols,
        Optional.of(settings),
        peers,
        shortCircuit,
        maxConnections,
        stallLimit,
        meters);
  }

  /** The same with more who may use a unix socket. */
  public PageServerOptions withPeers(PeerList more) {
    return new PageServerOptions(
        address, protocols, tls, more, shortCircuit, maxConnections, stallLimit, meters);
  }

  /** The same, with a way round the network or without. */
  public PageServerOptions withShortCircuit(boolean wanted) {
    return new PageServerOptions(
        address, protocols, tls, peers, wanted, maxConnections, stallLimit, meters);
  }

  /** The same with other limits. */
  public PageServerOptions withLimits(int connections, Duration stall) {
    return new PageServerOptions(
        address, protocols, tls, peers, shortCircuit, connections, stall, meters);
  }
}
