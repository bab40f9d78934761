package io.criulazy.client.session;

import io.criulazy.client.fault.LazyTree;
import io.criulazy.client.sys.PageSize;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.stream.Stream;

/** How the lazy restores of this process stand, as meters. */
final class SessionMeters {
  private static final double NS_PER_SECOND = 1e9;

  private SessionMeters() {}

  static void bind(Sessions sessions, MeterRegistry registry) {
    List<LazyRestore> live = sessions.live();
    Gauge.builder(
            "criu_lazy_remaining_bytes",
            live,
            all -> trees(all).mapToLong(LazyTree::duePages).sum() * (double) PageSize.BYTES)
        .description("Memory that restored processes have still to get")
        .register(registry);
    Gauge.builder(
            "criu_lazy_faults_inflight",
            live,
            all -> trees(all).mapToLong(LazyTree::unansweredFaults).sum())
        .description("Faults read and not yet answered")
        .register(registry);
    Gauge.builder(
            "criu_lazy_oldest_fault_age_seconds",
            live,
            all -> trees(all).mapToLong(LazyTree::oldestFaultAgeNs).max().orElse(0) / NS_PER_SECOND)
        .description("How long a thread has waited for its page; the alarm for a hang")
        .register(registry);
    Gauge.builder(
            "criu_lazy_lost_processes",
            live,
            all -> trees(all).mapToLong(LazyTree::lostProcesses).sum())
        .description("Restored processes that miss pages which can't be had; the alarm for that")
        .register(registry);
    Gauge.builder("criu_lazy_index_entries", live, SessionMeters::indexEntries)
        .description("Ranges in the seek indexes of the images that are open")
        .register(registry);
    for (RestoreState state : RestoreState.values()) {
      bind(sessions, state, registry);
    }
  }

  private static void bind(Sessions sessions, RestoreState state, MeterRegistry registry) {
    if (state.isLast()) {
      FunctionCounter.builder("criu_lazy_sessions_ended", sessions, s -> s.countEnded(state))
          .description("Lazy restores that have ended, by how they did")
          .tag("state", state.label())
          .register(registry);
    } else {
      Gauge.builder("criu_lazy_sessions", sessions.live(), all -> count(all, state))
          .description("Lazy restores that are not over, by how they stand")
          .tag("state", state.label())
          .register(registry);
    }
  }

  private static Stream<LazyTree> trees(List<LazyRestore> live) {
    return live.stream().map(LazyRestore::tree);
  }

  private static long count(List<LazyRestore> live, RestoreState state) {
    return live.stream().filter(restore -> restore.state() == state).count();
  }

  /** Restores of one image share what is open of it. */
  private static long indexEntries(List<LazyRestore> live) {
    return live.stream()
        .map(LazyRestore::memory)
        .distinct()
        .mapToLong(TaskMemory::indexEntries)
        .sum();
  }
}
