package io.criulazy.client.rings;

import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.ForeignFiles;
import io.criulazy.client.sys.PageSize;
import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.proto.image.IoUringImage;
import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts rings back into a stopped process, exactly as they were: descriptors, addresses, positions,
 * what is pending in them, and registrations. All of it is done by the threads that owned them, so
 * that they own the new ones. What is pending for submission comes last, when everything is there:
 * a polling thread starts as soon as it sees it.
 */
public final class RingRestore {
  private static final int PAGE_BYTES = (int) PageSize.BYTES;

  private final TracedProcess process;
  private final IoUringImage image;

  private RingRestore(TracedProcess process, IoUringImage image) {
    this.process = process;
    this.image = image;
  }

  /**
   * Puts back what {@link RingRemoval} took away, here or in the process that was dumped. Pages of
   * registered buffers are touched: whoever delivers them has to be at it.
   *
   * @param image as of the same process; nothing is done if it holds no rings
   * @throws IOException naming what can't be put back; rings may be missing then, and the process
   *     must not run on
   */
  public static void putBack(TracedProcess process, IoUringImage image) throws IOException {
    if (!image.rings().isEmpty()) {
      new RingRestore(process, image).putBack();
    }
  }

  private void putBack() throws IOException {
    TracedThread leader = process.leader();
    for (IoUringRing ring : image.rings()) {
      for (IoUringRing.Mapping mapping : ring.mappings()) {
        AddressPlugs.reserve(leader, mapping.start(), mapping.length());
      }
    }
    for (IoUringRing ring : image.rings()) {
      TracedThread owner = owner(ring);
      try (Scratch scratch = Scratch.allocate(owner, Uring.PARAMS_BYTES)) {
        RingSetup.make(owner, ring, scratch);
      }
    }
    map(leader);
    List<RingMemory> memories = new ArrayList<>();
    try {
      for (IoUringRing ring : image.rings()) {
        memories.add(fill(ring));
      }
      for (IoUringRing ring : image.rings()) {
        new RingRegistrations(owner(ring), ring).run(process);
      }
      for (int i = 0; i < memories.size(); i++) {
        RecordedMemory.publishSubmissions(image.rings().get(i), memories.get(i));
      }
    } finally {
      memories.forEach(RingMemory::close);
    }
  }

  private TracedThread owner(IoUringRing ring) throws IOException {
    return process.thread(ring.ownerTid());
  }

  private void map(TracedThread leader) throws IOException {
    long smallest = Long.MAX_VALUE;
    for (IoUringRing ring : image.rings()) {
      for (IoUringRing.Mapping mapping : ring.mappings()) {
        smallest = Math.min(smallest, mapping.length());
      }
    }
    if (smallest == Long.MAX_VALUE) {
      return;
    }
    try (AddressPlugs plugs = AddressPlugs.fill(leader, smallest)) {
      for (IoUringRing ring : image.rings()) {
        for (IoUringRing.Mapping m : ring.mappings()) {
          plugs.map(m.start(), m.length(), m.prot(), ring.fds().get(0).fd(), m.offset());
        }
      }
    }
  }

  /** Positions, entries and overflow; all but what is pending for submission. */
  private RingMemory fill(IoUringRing ring) throws IOException {
    int ownFd;
    try (ForeignFiles files = new ForeignFiles(process.pid())) {
      ownFd = files.take(ring.fds().get(0).fd());
    }
    RingMemory memory = null;
    try {
      memory =
          RingMemory.map(ownFd, ring.rings().length / PAGE_BYTES, ring.sqes().length / PAGE_BYTES);
      if ((ring.setupFlags() & Uring.SETUP_R_DISABLED) == 0) {
        new IndexPump(owner(ring), ring, ownFd, memory).run();
      }
      RecordedMemory.copy(ring, memory);
      return memory;
    } catch (IOException | RuntimeException e) {
      if (memory != null) {
        memory.close();
      }
      throw e;
    } finally {
      FileDescriptor.close(ownFd);
    }
  }
}
