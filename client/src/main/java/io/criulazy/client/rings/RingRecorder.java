package io.criulazy.client.rings;

import io.criulazy.client.bpf.Kernel;
import io.criulazy.client.bpf.KernelStruct;
import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Records a ring of a stopped process in which nothing is in flight. Changes nothing. */
final class RingRecorder {
  private final Kernel kernel;
  private final FoundProcess process;
  private final FoundRing ring;
  private final KernelRing known;

  private RingRecorder(Kernel kernel, FoundProcess process, FoundRing ring) throws IOException {
    this.kernel = kernel;
    this.process = process;
    this.ring = ring;
    this.known = ring.kernelRing().again();
  }

  static IoUringRing record(Kernel kernel, FoundProcess process, FoundRing ring)
      throws IOException {
    return new RingRecorder(kernel, process, ring).record();
  }

  private IoUringRing record() throws IOException {
    int flags = known.setupFlags();
    KernelStruct poller = known.sqThread();
    int[] workers = known.workerLimits();
    try (TwinRing twin = TwinRing.of(flags, known.sqEntries(), known.cqEntries());
        RingMemory memory = RingMemory.map(ring.ownFd(), known.ringPages(), known.sqePages())) {
      if (twin.cqesOffset() != Uring.CQES) {
        throw new IOException(ring + ": this kernel lays rings out in another way");
      }
      if (memory.sqHead() != known.cachedSqHead() || memory.cqTail() != known.cachedCqTail()) {
        throw new IOException(ring + ": its positions are not those of the kernel");
      }
      boolean bound = poller != null && (flags & Uring.SETUP_SQ_AFF) != 0;
      return new IoUringRing(
          RingRefusals.ownerTid(process, ring),
          flags,
          known.sqEntries(),
          known.cqEntries(),
          bound ? poller.signed("sq_cpu") : -1,
          poller == null ? 0 : idleMs(twin),
          twin.sqArrayOffset(),
          known.cachedSqHead(),
          known.cachedCqTail(),
          memory.rings().getBytes(0, (int) memory.rings().sizeBytes()),
          memory.sqes().getBytes(0, (int) memory.sqes().sizeBytes()),
          known.overflow(),
          ring.descriptors().stream()
              .map(fd -> new IoUringRing.Descriptor(fd.fd(), fd.isCloseOnExec()))
              .toList(),
          ring.mappings().stream()
              .map(m -> new IoUringRing.Mapping(m.start(), m.length(), m.offset(), m.prot()))
              .toList(),
          files(),
          buffers(),
          eventfd(),
          known.personalities().keySet().stream().map(Long::intValue).toList(),
          known.nextPersonality(),
          workers[0],
          workers[1],
          RingRefusals.registrations(kernel, process, ring).stream()
              .map(place -> new IoUringRing.Registration(place[0], place[1]))
              .toList(),
          ring.epolls(),
          known.isDrainDisabled());
    }
  }

  /** The twin's time is known in milliseconds, and in the kernel's ticks. */
  private int idleMs(TwinRing twin) throws IOException {
    KernelRing measure =
        KernelRing.of(kernel, io.criulazy.client.bpf.KernelFiles.own(kernel, twin.fd()));
    return (int)
        (known.sqThreadIdleTicks() * TwinRing.SQ_THREAD_IDLE_MS / measure.sqThreadIdleTicks());
  }

  private Optional<IoUringRing.Files> files() throws IOException {
    if (known.fileSlots() == 0) {
      return Optional.empty();
    }
    List<IoUringRing.FileSlot> files = new ArrayList<>();
    for (KernelRing.Resource file : known.files()) {
      files.add(new IoUringRing.FileSlot(file.slot(), process.fdOf(file.target()), file.tag()));
    }
    return Optional.of(
        new IoUringRing.Files(
            known.fileSlots(), files, known.fileAllocStart(), known.fileAllocEnd()));
  }

  private Optional<IoUringRing.Buffers> buffers() throws IOException {
    if (known.bufferSlots() == 0) {
      return Optional.empty();
    }
    List<IoUringRing.BufferSlot> buffers = new ArrayList<>();
    for (KernelRing.Resource resource : known.buffers()) {
      KernelStruct buffer = known.buffer(resource);
      buffers.add(
          new IoUringRing.BufferSlot(
              resource.slot(), buffer.number("ubuf"), buffer.number("len"), resource.tag()));
    }
    return Optional.of(new IoUringRing.Buffers(known.bufferSlots(), buffers));
  }

  private Optional<IoUringRing.Eventfd> eventfd() throws IOException {
    KernelStruct eventfd = known.eventfd();
    if (eventfd == null) {
      return Optional.empty();
    }
    int fd = RingRefusals.eventfdNumber(kernel, process, eventfd.number("cq_ev_fd"));
    return Optional.of(new IoUringRing.Eventfd(fd, eventfd.is("eventfd_async")));
  }
}
