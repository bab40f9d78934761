package io.criulazy.daemon.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.core.metrics.Info;

/**
 * The meters of this program, for Prometheus. What is measured is declared beside what measures it;
 * here it is only collected and written out. Thread-safe.
 */
public final class Metrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics pauses = new JvmGcMetrics();

  /**
   * @param version of this program, for {@code criu_lazy_build_info}
   * @param commit that it was built from
   */
  public Metrics(String version, String commit) {
    pauses.bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    // Micrometer would take "_info" off a gauge's name.
    Info.builder()
        .name("criu_lazy_build_info")
        .help("The version that runs; always 1")
        .labelNames("version", "commit")
        .register(registry.getPrometheusRegistry())
        .addLabelValues(version, commit);
  }

  /** Where meters are registered. */
  public MeterRegistry registry() {
    return registry;
  }

  /** Adds a histogram that somebody else keeps. */
  public void register(LatencyHistogram histogram) {
    registry.getPrometheusRegistry().register(new HistogramCollector(histogram));
  }

  /** All meters in Prometheus's text format. */
  String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    pauses.close();
    registry.close();
  }
}
