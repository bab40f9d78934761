package io.criulazy.client.fault;

import io.criulazy.client.sys.Errno;
import io.criulazy.daemon.metrics.LatencyHistogram;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The {@link FaultStatistics} of one kind of source as meters. */
public final class FaultMeters implements LatencyHistogram {
  /** The error numbers that userfaultfd operations are known to give. */
  private static final int[] ERRNOS = {
    Errno.EAGAIN,
    Errno.EEXIST,
    Errno.ENOENT,
    Errno.ESRCH,
    Errno.ENOMEM,
    Errno.EFAULT,
    Errno.EINVAL,
    Errno.EMFILE,
    Errno.ENFILE
  };

  private final Map<String, FaultStatistics> bySource;

  /**
   * @param bySource by what the pages come from, as a label: {@code image}
   */
  public FaultMeters(Map<String, FaultStatistics> bySource) {
    this.bySource = new TreeMap<>(bySource);
  }

  /** Registers the counters; the histogram is registered by itself. */
  public void bindTo(MeterRegistry registry) {
    bySource.forEach((source, statistics) -> bind(registry, source, statistics));
  }

  private static void bind(MeterRegistry registry, String source, FaultStatistics statistics) {
    for (Trigger trigger : Trigger.values()) {
      FunctionCounter.builder(
              "criu_lazy_pages_installed", statistics, s -> s.pagesInstalled(trigger))
          .description("Pages put into processes, by why they were")
          .tags(Tags.of("trigger", label(trigger), "source", source))
          .register(registry);
    }
    for (UffdEvent event : UffdEvent.values()) {
      FunctionCounter.builder("criu_lazy_uffd_events", statistics, s -> s.events(event))
          .description("Messages read from userfaultfds")
          .tags(Tags.of("event", label(event), "source", source))
          .register(registry);
    }
    for (UffdOperation operation : UffdOperation.values()) {
      for (int errno : ERRNOS) {
        FunctionCounter.builder(
                "criu_lazy_uffd_errors", statistics, s -> s.errors(operation, errno))
            .description("Userfaultfd operations that ended in an error; EAGAIN is normal")
            .tags(Tags.of("op", label(operation), "errno", Errno.name(errno), "source", source))
            .register(registry);
      }
    }
    FunctionCounter.builder("criu_lazy_pages_poisoned", statistics, FaultStatistics::pagesPoisoned)
        .description("Pages made unusable because the right bytes could not be had")
        .tag("source", source)
        .register(registry);
  }

  @Override
  public String name() {
    return "criu_lazy_fault_duration_seconds";
  }

  @Override
  public String help() {
    return "From reading a fault to its page being in place";
  }

  @Override
  public List<Series> series() {
    List<Series> series = new ArrayList<>();
    bySource.forEach((source, statistics) -> add(series, source, statistics));
    return series;
  }

  private static void add(List<Series> series, String source, FaultStatistics statistics) {
    for (FaultResult result : FaultResult.values()) {
      if (result != FaultResult.POSTPONED) {
        LatencyCounts latencies = statistics.latencies(result);
        series.add(
            new Series(
                List.of("source", source, "result", label(result)),
                LatencyCounts.boundsNs(),
                latencies.counts(),
                latencies.sumNs()));
      }
    }
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
