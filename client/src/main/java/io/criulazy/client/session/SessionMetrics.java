package io.criulazy.client.session;

import io.criulazy.client.BuildInfo;
import io.criulazy.client.fault.FaultMeters;
import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.client.source.SourceMeters;
import io.criulazy.client.source.SourceStatistics;
import io.criulazy.daemon.metrics.Metrics;
import io.criulazy.daemon.metrics.MetricsEndpoint;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;

/** The metrics of a process that serves lazy restores, one or many, for Prometheus. */
final class SessionMetrics implements AutoCloseable {
  private final Metrics metrics;
  private final MetricsEndpoint endpoint;

  /** The sources of pages, as a label: files of this host, or page servers. */
  static final String IMAGE = "image";

  static final String SERVER = "server";

  /**
   * Serves them.
   *
   * @param statistics by the source of the pages
   * @throws IOException if the address can't be had
   */
  SessionMetrics(
      InetSocketAddress address,
      Sessions sessions,
      Map<String, FaultStatistics> statistics,
      SourceStatistics source)
      throws IOException {
    BuildInfo build = BuildInfo.load();
    metrics = new Metrics(build.version(), build.commit());
    FaultMeters faults = new FaultMeters(statistics);
    faults.bindTo(metrics.registry());
    metrics.register(faults);
    SessionMeters.bind(sessions, metrics.registry());
    SourceMeters.bind(source, metrics.registry());
    endpoint = new MetricsEndpoint(address, metrics);
  }

  /** Where it listens, with the port that the kernel chose. */
  InetSocketAddress address() {
    return endpoint.address();
  }

  /** Where others that run here register theirs. */
  MeterRegistry registry() {
    return metrics.registry();
  }

  @Override
  public void close() {
    endpoint.close();
    metrics.close();
  }
}
