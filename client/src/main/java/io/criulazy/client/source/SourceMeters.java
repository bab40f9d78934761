package io.criulazy.client.source;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** {@link SourceStatistics} as meters. */
public final class SourceMeters {
  private static final double NS_PER_SECOND = 1e9;

  private SourceMeters() {}

  /** Registers them. */
  public static void bind(SourceStatistics statistics, MeterRegistry registry) {
    FunctionCounter.builder(
            "criu_lazy_pageserver_reconnects", statistics, SourceStatistics::reconnects)
        .description("Connections to page servers that broke or could not be made")
        .register(registry);
    FunctionCounter.builder(
            "criu_lazy_source_fetched_bytes", statistics, SourceStatistics::fetchedBytes)
        .description("Memory that has come from page servers, also what came twice")
        .register(registry);
    for (SourceWay way : SourceWay.values()) {
      FunctionCounter.builder("criu_lazy_source_restores", statistics, all -> all.restores(way))
          .tag("way", way.label())
          .description("Restores whose pages have come from page servers, by how")
          .register(registry);
    }
    Gauge.builder(
            "criu_lazy_source_down_seconds",
            statistics,
            all -> all.downNs(System.nanoTime()) / NS_PER_SECOND)
        .description("How long restores have been without a connection to their page server")
        .register(registry);
  }
}
