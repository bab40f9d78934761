package io.criulazy.daemon.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/** What a page server counts. Safe for any number of threads. */
final class ServerMeters {
  private final AtomicInteger connections = new AtomicInteger();
  private final Counter sentBytes;
  private final Counter receivedBytes;

  ServerMeters(MeterRegistry registry) {
    Gauge.builder("criu_lazy_pageserver_connections", connections, AtomicInteger::get)
        .description("open connections to the page server")
        .register(registry);
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
