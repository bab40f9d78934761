package io.criulazy.daemon.metrics;

import java.util.List;

/**
 * A histogram of durations that its owner keeps in a form of its own; read when Prometheus asks.
 */
public interface LatencyHistogram {
  /** The metric's name, with its unit: {@code criu_lazy_fault_duration_seconds}. */
  String name();

  /** One sentence for people. */
  String help();

  /** One series for each combination of labels. */
  List<Series> series();

  /**
   * What was counted under one combination of labels.
   *
   * @param labels names and values in turn
   * @param boundsNs ascending upper bounds in nanoseconds, all but the last bucket's
   * @param counts how many fell into each bucket: one more than bounds
   * @param sumNs the sum of all durations in nanoseconds
   */
  record Series(List<String> labels, long[] boundsNs, long[] counts, long sumNs) {}
}
