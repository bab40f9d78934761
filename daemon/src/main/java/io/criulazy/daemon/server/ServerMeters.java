package io.criulazy.daemon.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What one page server counts. Several servers may share a registry: they have bytes and requests
 * in common, and each has a gauge of its own connections. Safe for any number of threads.
 */
final class ServerMeters implements AutoCloseable {
  private final MeterRegistry registry;
  private final AtomicInteger connections = new AtomicInteger();
  private final Counter sentBytes;
  private final Counter receivedBytes;
  private volatile Gauge gauge;

  ServerMeters(MeterRegistry registry) {
    this.registry = registry;
    sentBytes = bytes(registry, "sent");
    receivedBytes = bytes(registry, "received");
  }

  /** The counter of one protocol's requests: the protocol counts. */
  static Counter requests(MeterRegistry registry, String protocol) {
    return Counter.builder("criu_lazy_pageserver_requests")
        .description("requests that the page server has read")
        .tag("protocol", protocol)
        .register(registry);
  }

  private static Counter bytes(MeterRegistry registry, String direction) {
    return Counter.builder("criu_lazy_pageserver_bytes")
        .description("bytes that the page server has moved, on the wire")
        .tag("direction", direction)
        .register(registry);
  }

  /** The server listens: from now on its connections are shown. */
  void listening(SocketAddress address) {
    gauge =
        Gauge.builder("criu_lazy_pageserver_connections", connections, AtomicInteger::get)
            .description("open connections to the page server")
            .tag("listener", name(address))
            .register(registry);
  }

  private static String name(SocketAddress address) {
    if (address instanceof DomainSocketAddress unix) {
      return "unix:" + unix.path();
    }
    InetSocketAddress tcp = (InetSocketAddress) address;
    String host = tcp.getAddress().getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + tcp.getPort();
  }

  /** The server does not listen any more. */
  @Override
  public void close() {
    if (gauge != null) {
      registry.remove(gauge);
    }
  }

  /** Returns how many there are with this one. */
  int opened() {
    return connections.incrementAndGet();
  }

  void closed() {
    connections.decrementAndGet();
  }

  void sent(long bytes) {
    sentBytes.increment(bytes);
  }

  void received(long bytes) {
    receivedBytes.increment(bytes);
  }
}
