package io.criulazy.client.session;

import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.client.source.SourceStatistics;
import java.io.IOException;
import java.util.Map;

/**
 * What one lazy restore shows of itself while it runs: metrics and progress, as far as asked for.
 */
final class Exposition {
  private SessionMetrics metrics;
  private Progress progress;

  private Exposition() {}

  static Exposition start(
      LazyRestoreOptions options,
      LazyRestore restore,
      FaultStatistics statistics,
      SourceStatistics source)
      throws IOException {
    Exposition exposition = new Exposition();
    if (options.metricsAddress().isPresent()) {
      Sessions sessions = new Sessions();
      sessions.began(restore);
      exposition.metrics =
          new SessionMetrics(
              options.metricsAddress().get(),
              sessions,
              Map.of(
                  options.remote().isPresent() ? SessionMetrics.SERVER : SessionMetrics.IMAGE,
                  statistics),
              source);
    }
    if (options.progress().isPresent()) {
      exposition.progress = new Progress(restore, statistics, options.progress().get());
    }
    return exposition;
  }

  /** Shows the end, and stops. */
  void end() {
    if (progress != null) {
      progress.close();
    }
    if (metrics != null) {
      metrics.close();
    }
  }
}
