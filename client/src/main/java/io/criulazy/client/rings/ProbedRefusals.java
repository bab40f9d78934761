package io.criulazy.client.rings;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.SharedMapping;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.trace.TracedProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Why rings of a stopped process can't be taken away and put back where the kernel's structures
 * can't be read: all reasons at once, found by what leaves no trace.
 */
final class ProbedRefusals {
  private static final int OWN_PID = (int) ProcessHandle.current().pid();
  private static final int ZCRX_QUEUES = 16;
  private static final int ZCRX_SHIFT = 16;

  /**
   * More than any part of a ring has: a mapping that is longer than it is no error, a shorter is.
   */
  private static final long ENOUGH_BYTES = 1 << 23;

  private static final String EVENTFD_LINK = "anon_inode:[eventfd]";

  private final TracedProcess traced;
  private final FoundProcess process;
  private final long pumpLimit;
  private final List<String> reasons = new ArrayList<>();

  private ProbedRefusals(TracedProcess traced, FoundProcess process, long pumpLimit) {
    this.traced = traced;
    this.process = process;
    this.pumpLimit = pumpLimit;
  }

  /**
   * All reasons for one process.
   *
   * @param pumpLimit see {@link PumpDistance}
   */
  static List<String> of(TracedProcess traced, FoundProcess process, long pumpLimit)
      throws IOException {
    ProbedRefusals refusals = new ProbedRefusals(traced, process, pumpLimit);
    RingRefusals.strays(process, refusals.reasons);
    Map<Integer, Integer> places = ProbedRing.places(traced);
    for (Map.Entry<Integer, Integer> thread : places.entrySet()) {
      if (thread.getValue() > 0) {
        refusals.reasons.add(
            "thread %d of process %d has registered an io_uring as a descriptor of io_uring's own"
                    .formatted(thread.getKey(), process.pid())
                + ": which one can't be told without BPF");
      }
    }
    for (FoundRing ring : process.rings()) {
      refusals.ring(ProbedRing.of(traced, ring, places));
    }
    refusals.sharedThreads();
    refusals.others();
    return refusals.reasons;
  }

  private void ring(ProbedRing probed) throws IOException {
    FoundRing ring = probed.ring();
    RingInfo info = RingInfo.of(ring).orElse(null);
    RingProbes probes = RingProbes.of(ring).orElse(null);
    if (info == null || probes == null) {
      refuse(ring, "is always locked by others: fdinfo has no word of it");
      return;
    }
    if ((probes.asked() & Uring.SETUP_SINGLE_ISSUER) == 0) {
      refuse(ring, "is not enabled (R_DISABLED): its other flags can't be told without BPF");
      return;
    }
    if (!probed.isOwned()) {
      refuse(ring, "belongs to a thread that has ended");
      return;
    }
    registered(probed);
    memory(ring, probes);
    files(ring, info);
    if (info.overflow() > 0 && info.wide()) {
      refuse(ring, "has 32-byte completions that found no room in its queue");
    }
    if (!info.fields().getOrDefault("NAPI", "disabled").equals("disabled")) {
      refuse(ring, "has NAPI busy polling");
    }
    PumpDistance distance =
        PumpDistance.of(
            Integer.toUnsignedLong(probes.cachedSqHead()),
            Integer.toUnsignedLong(probes.cachedCqTail()),
            (probes.flags() & Uring.SETUP_SQPOLL) != 0,
            false);
    if (distance.cost() > pumpLimit) {
      refuse(ring, distance + "; at most " + pumpLimit + " are made up for (--ring-pump-limit)");
    }
  }

  /** What registrations are told whose arguments are no good. */
  private void registered(ProbedRing probed) throws IOException {
    FoundRing ring = probed.ring();
    if (probed.probe(Uring.REGISTER_RESTRICTIONS) == -Errno.EACCES) {
      refuse(ring, "has restrictions");
      return;
    }
    long napi = probed.probe(Uring.REGISTER_NAPI);
    if (napi == -Errno.EINVAL) {
      refuse(ring, "was set up with IOPOLL");
      return;
    }
    if (napi != -Errno.EFAULT) {
      refuse(ring, "may have been set up with IOPOLL: that can't be told without BPF");
    }
    if (probed.probe(Uring.REGISTER_MEM_REGION) == -Errno.EBUSY) {
      refuse(ring, "has a registered wait region");
    }
    int group = BufferGroups.first(probed.owner(), ring.fd());
    if (group >= 0) {
      refuse(ring, "has provided buffers (group " + group + ")");
    }
    if (probed.probe(Uring.REGISTER_EVENTFD) == -Errno.EBUSY
        && ProcDescriptor.links(process.pid()).values().stream().noneMatch(EVENTFD_LINK::equals)) {
      refuse(ring, "has a registered eventfd that the process has closed");
    }
  }

  private void memory(FoundRing ring, RingProbes probes) {
    if (probes.sqEntries() < 2 || probes.cqEntries() < 2) {
      refuse(ring, "has a queue of one entry: its flags can't be told without BPF");
    }
    RingRefusals.mappings(ring, reasons);
    if (!isMappable(ring, Uring.OFFSET_SQES)) {
      refuse(ring, "was set up with NO_MMAP");
    }
    for (int queue = 0; queue < ZCRX_QUEUES; queue++) {
      if (isMappable(ring, Uring.OFFSET_ZCRX | (long) queue << ZCRX_SHIFT)) {
        refuse(ring, "has zero-copy receive queues");
      }
    }
  }

  private static boolean isMappable(FoundRing ring, long offset) {
    try (SharedMapping mapping = SharedMapping.map(ring.ownFd(), offset, ENOUGH_BYTES, "a ring")) {
      return mapping.sizeBytes() > 0;
    } catch (SysException e) {
      return false;
    }
  }

  private void files(FoundRing ring, RingInfo info) throws IOException {
    Set<String> open = new HashSet<>(ProcDescriptor.links(process.pid()).values());
    for (Map.Entry<Integer, String> file : info.files().entrySet()) {
      if (!open.contains(file.getValue())) {
        refuse(
            ring,
            "has a registered file in slot %d that the process has closed (%s)"
                .formatted(file.getKey(), file.getValue()));
      } else if (file.getValue().equals(ProcDescriptor.RING_LINK)) {
        refuse(ring, "has an io_uring as the registered file in slot " + file.getKey());
      }
    }
    for (Map.Entry<Integer, long[]> buffer : info.buffers().entrySet()) {
      if (buffer.getValue()[0] == 0 && buffer.getValue()[1] != 0) {
        refuse(ring, "has kernel buffers");
        return;
      }
    }
  }

  private void sharedThreads() throws IOException {
    Map<Integer, Integer> rings = new HashMap<>();
    for (FoundRing ring : process.rings()) {
      Optional<RingInfo> info = RingInfo.of(ring);
      int thread = info.isPresent() ? info.get().number("SqThread") : -1;
      if (thread != -1 && rings.merge(thread, 1, Integer::sum) == 2) {
        refuse(ring, "has an SQ thread that it shares with another ring (ATTACH_WQ)");
      }
    }
  }

  /** Other processes with descriptors or mappings of these rings. */
  private void others() throws IOException {
    List<Integer> pids;
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      pids =
          processes
              .map(path -> path.getFileName().toString())
              .filter(name -> Character.isDigit(name.charAt(0)))
              .map(Integer::valueOf)
              .filter(pid -> pid != traced.pid() && pid != OWN_PID)
              .toList();
    }
    for (int pid : pids) {
      Set<Long> inodes = ringsOf(pid);
      for (FoundRing ring : process.rings()) {
        if (inodes.contains(ring.descriptors().get(0).inode())) {
          refuse(ring, "is shared: process " + pid + " has it, too");
        }
      }
    }
  }

  /** Nothing of a process that has ended, or that this one may not look into. */
  private static Set<Long> ringsOf(int pid) {
    Set<Long> inodes = new HashSet<>();
    try {
      for (ProcDescriptor descriptor : ProcDescriptor.ringsAndEpolls(pid)) {
        if (descriptor.isRing()) {
          inodes.add(descriptor.inode());
        }
      }
      for (ProcMapping mapping : ProcMapping.of(pid)) {
        if (mapping.isRing()) {
          inodes.add(mapping.inode());
        }
      }
    } catch (IOException | UncheckedIOException | IllegalStateException e) {
      return inodes;
    }
    return inodes;
  }

  private void refuse(FoundRing ring, String reason) {
    reasons.add(ring + " " + reason);
  }
}
