package io.criulazy.daemon.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;

/** Writes a {@link LatencyHistogram} out as a Prometheus histogram in seconds. */
final class HistogramCollector implements Collector {
  private static final double NS_PER_SECOND = 1e9;

  private final LatencyHistogram histogram;

  HistogramCollector(LatencyHistogram histogram) {
    this.histogram = histogram;
  }

  @Override
  public MetricSnapshot collect() {
    HistogramSnapshot.Builder snapshot =
        HistogramSnapshot.builder().name(histogram.name()).help(histogram.help());
    for (LatencyHistogram.Series series : histogram.series()) {
      snapshot.dataPoint(
          HistogramDataPointSnapshot.builder()
              .labels(Labels.of(series.labels().toArray(String[]::new)))
              .classicHistogramBuckets(buckets(series))
              .sum(series.sumNs() / NS_PER_SECOND)
              .build());
    }
    return snapshot.build();
  }

  private static ClassicHistogramBuckets buckets(LatencyHistogram.Series series) {
    ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
    for (int i = 0; i < series.boundsNs().length; i++) {
      buckets.bucket(series.boundsNs()[i] / NS_PER_SECOND, series.counts()[i]);
    }
    return buckets
        .bucket(Double.POSITIVE_INFINITY, series.counts()[series.boundsNs().length])
        .build();
  }
}
