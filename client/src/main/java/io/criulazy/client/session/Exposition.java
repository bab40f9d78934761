package io.criulazy.client.session;

import io.criulazy.client.BuildInfo;
import io.criulazy.client.fault.FaultMeters;
import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.daemon.metrics.Metrics;
import io.criulazy.daemon.metrics.MetricsEndpoint;
import java.io.IOException;

/** What a lazy restore shows of itself while it runs: metrics and progress, as far as asked for. */
final class Exposition {
  private Metrics metrics;
  private MetricsEndpoint endpoint;
  private Progress progress;

  private Exposition() {}

  static Exposition start(
      LazyRestoreOptions options,
      LazyRestore restore,
      TaskMemory memory,
      FaultStatistics statistics)
      throws IOException {
    Exposition exposition = new Exposition();
    if (options.metricsAddress().isPresent()) {
      exposition.gather(restore, memory, statistics);
      exposition.endpoint = new MetricsEndpoint(options.metricsAddress().get(), exposition.metrics);
    }
    if (options.progress().isPresent()) {
      exposition.progress = new Progress(restore, statistics, options.progress().get());
    }
    return exposition;
  }

  private void gather(LazyRestore restore, TaskMemory memory, FaultStatistics statistics) {
    BuildInfo build = BuildInfo.load();
    metrics = new Metrics(build.version(), build.commit());
    FaultMeters faults = new FaultMeters(statistics, "image");
    faults.bindTo(metrics.registry());
    metrics.register(faults);
    SessionMeters.bind(restore, memory, metrics.registry());
  }

  /** Shows the end, and stops. */
  void end() {
    if (progress != null) {
      progress.close();
    }
    if (endpoint != null) {
      endpoint.close();
    }
    if (metrics != null) {
      metrics.close();
    }
  }
}
