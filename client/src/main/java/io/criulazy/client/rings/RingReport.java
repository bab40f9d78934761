package io.criulazy.client.rings;

import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One ring, as {@code criu-lazy inspect} shows it: of a process that runs, as of one moment, or of
 * an image.
 *
 * @param fds its descriptors in its process
 * @param addresses where it is mapped
 * @param flags its setup flags by name, or "unknown"
 * @param owner the thread that alone may submit, 0 if any may; of an image, the one that makes it
 *     again
 * @param sqEntries 0 if not known, as the numbers that follow
 * @param inFlight requests that are not finished; -1 if not known
 * @param personalities -1 if not known
 * @param eventfd "none", "registered", or "unknown"
 */
public record RingReport(
    int pid,
    List<Integer> fds,
    List<Long> addresses,
    String flags,
    int owner,
    int sqEntries,
    int cqEntries,
    long submitted,
    long completed,
    int inFlight,
    int overflow,
    int files,
    int buffers,
    int personalities,
    String eventfd) {

  /** One that was taken away from a task, as its image has it. */
  public static RingReport of(int pid, IoUringRing ring) {
    return new RingReport(
        pid,
        ring.fds().stream().map(IoUringRing.Descriptor::fd).toList(),
        ring.mappings().stream().map(IoUringRing.Mapping::start).toList(),
        RingFlags.describe(ring.setupFlags()),
        ring.ownerTid(),
        ring.sqEntries(),
        ring.cqEntries(),
        Integer.toUnsignedLong(ring.cachedSqHead()),
        Integer.toUnsignedLong(ring.cachedCqTail()),
        0,
        ring.overflow().size(),
        ring.files().map(files -> files.files().size()).orElse(0),
        ring.buffers().map(buffers -> buffers.buffers().size()).orElse(0),
        ring.personalities().size(),
        ring.eventfd().isPresent() ? "registered" : "none");
  }

  static RingReport of(FoundRing ring, FoundProcess process) throws IOException {
    List<Integer> fds = ring.descriptors().stream().map(ProcDescriptor::fd).toList();
    List<Long> addresses = new ArrayList<>();
    ring.mappings().forEach(mapping -> addresses.add(mapping.start()));
    KernelRing known = ring.kernelRing();
    if (known == null) {
      return of(ring, fds, addresses, RingProbes.of(ring));
    }
    return new RingReport(
        ring.pid(),
        fds,
        addresses,
        RingFlags.describe(known.setupFlags()),
        process.tidOf(known.submitter()),
        known.sqEntries(),
        known.cqEntries(),
        Integer.toUnsignedLong(known.cachedSqHead()),
        Integer.toUnsignedLong(known.cachedCqTail()),
        known.inFlight(),
        known.overflow().size(),
        known.files().size(),
        known.buffers().size(),
        known.personalities().size(),
        known.eventfd() == null ? "none" : "registered");
  }

  /** As far as probes tell. */
  private static RingReport of(
      FoundRing ring, List<Integer> fds, List<Long> addresses, Optional<RingProbes> probes) {
    if (probes.isEmpty()) {
      return new RingReport(
          ring.pid(), fds, addresses, "unknown", 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, "unknown");
    }
    RingProbes told = probes.get();
    return new RingReport(
        ring.pid(),
        fds,
        addresses,
        RingFlags.describe(told.flags()) + ", others unknown",
        0,
        told.sqEntries(),
        told.cqEntries(),
        Integer.toUnsignedLong(told.cachedSqHead()),
        Integer.toUnsignedLong(told.cachedCqTail()),
        -1,
        told.overflow(),
        told.files(),
        told.buffers().size(),
        -1,
        "unknown");
  }
}
