package io.criulazy.client.session;

import io.criulazy.client.fault.LazyTree;
import io.criulazy.client.fault.PageSize;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;

/** How a lazy restore stands, as meters. */
final class SessionMeters {
  private static final double NS_PER_SECOND = 1e9;

  private SessionMeters() {}

  static void bind(LazyRestore restore, TaskMemory memory, MeterRegistry registry) {
    LazyTree tree = restore.tree();
    Gauge.builder("criu_lazy_remaining_bytes", tree, t -> t.duePages() * PageSize.BYTES)
        .description("Memory that restored processes have still to get")
        .register(registry);
    Gauge.builder("criu_lazy_faults_inflight", tree, LazyTree::unansweredFaults)
        .description("Faults read and not yet answered")
        .register(registry);
    Gauge.builder(
            "criu_lazy_oldest_fault_age_seconds", tree, t -> t.oldestFaultAgeNs() / NS_PER_SECOND)
        .description("How long a thread has waited for its page; the alarm for a hang")
        .register(registry);
    Gauge.builder("criu_lazy_index_entries", memory, TaskMemory::indexEntries)
        .description("Ranges in the seek indexes of the images that are open")
        .register(registry);
    for (LazyRestore.State state : LazyRestore.State.values()) {
      Gauge.builder("criu_lazy_sessions", restore, r -> r.state() == state ? 1 : 0)
          .description("Lazy restores by how they stand")
          .tag("state", state.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
  }
}
