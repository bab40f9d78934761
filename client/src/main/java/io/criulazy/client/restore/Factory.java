package io.criulazy.client.restore;

import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.Ptrace;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.client.trace.Tracer;
import java.io.IOException;

/**
 * The process that all others of a restored tree descend from: no files, no memory but a {@link
 * Workshop}'s region with the parked vdso, everything stopped. It ends when the tree is up.
 */
final class Factory implements AutoCloseable {
  private static final long TOP_OF_USER_MEMORY = 0x7FFF_FFFF_F000L;
  private static final int PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXECUTE = 5;
  private static final int MAP_PRIVATE_ANONYMOUS_FIXED = 0x100022;
  private static final int RSEQ_UNREGISTER = 1;
  private static final int RSEQ_BYTES = 24;
  private static final long ALL = 0xFFFF_FFFFL;

  private final TracedProcess process;
  private final Workshop workshop;
  private final SharedMemories shared;
  private final long sharedStart;
  private final long sharedBytes;
  private KernelPages parked;
  private boolean ended;

  private Factory(
      TracedProcess process, Workshop workshop, SharedMemories shared, long start, long bytes) {
    this.process = process;
    this.workshop = workshop;
    this.shared = shared;
    this.sharedStart = start;
    this.sharedBytes = bytes;
  }

  /**
   * Makes one whose region and shared memories are in nobody's way.
   *
   * @param segments to be made in it, too
   * @param husk of which it is made
   */
  static Factory start(Tracer tracer, SavedTree tree, SysvSegments segments, int husk)
      throws IOException {
    TracedProcess process = tracer.seizeHusk(husk);
    try {
      KernelPages pages = KernelPages.of(process.pid());
      AddressPlan plan = new AddressPlan(tree);
      plan.avoid(pages.start(), pages.end());
      long region = plan.find(Workshop.REGION_BYTES);
      plan.avoid(region, region + Workshop.REGION_BYTES);
      SharedMemories shared = new SharedMemories(tree);
      long bytes = shared.totalBytes() + segments.totalBytes();
      Workshop workshop = new Workshop(process.leader(), region);
      Factory factory =
          new Factory(process, workshop, shared, plan.find(Math.max(1, bytes)), bytes);
      factory.empty(pages);
      shared.make(workshop, factory.sharedStart);
      segments.make(workshop, factory.sharedStart + shared.totalBytes());
      return factory;
    } catch (IOException | RuntimeException e) {
      killAfter(process, e);
      throw e;
    }
  }

  private static void killAfter(TracedProcess process, Exception failure) {
    try {
      process.kill();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private void empty(KernelPages pages) throws IOException {
    TracedThread thread = process.leader();
    leaveRestartableSequences(thread);
    if (!pages.code().isPresent()) {
      throw new IOException("this kernel gives processes no vdso: use --engine criu");
    }
    unmap(thread, 0, pages.start());
    unmap(thread, pages.end(), TOP_OF_USER_MEMORY);
    mapRegion(thread);
    parked = pages.move(workshop, workshop.parking());
    workshop.must("close_range", SyscallNumbers.CLOSE_RANGE, 0, ALL, 0);
  }

  private static void unmap(TracedThread thread, long start, long end) throws IOException {
    if (start < end && thread.call(SyscallNumbers.MUNMAP, start, end - start) < 0) {
      throw new IOException("can't empty the new " + thread);
    }
  }

  private void mapRegion(TracedThread thread) throws IOException {
    long region = workshop.region();
    long mapped =
        thread.call(
            SyscallNumbers.MMAP,
            region,
            Workshop.REGION_BYTES,
            PROT_READ_WRITE,
            MAP_PRIVATE_ANONYMOUS_FIXED,
            -1,
            0);
    if (mapped != region) {
      throw new IOException("can't map a region in the new " + thread);
    }
    process.memory().write(region, Workshop.code());
    workshop.must(
        "mprotect", SyscallNumbers.MPROTECT, region, Workshop.PAGE_BYTES, PROT_READ_EXECUTE);
    process.useSyscallInstruction(region);
  }

  /** The kernel writes into the area whenever the thread runs, and it goes with the memory. */
  private static void leaveRestartableSequences(TracedThread thread) throws IOException {
    NativeBuffer area = new NativeBuffer(RSEQ_BYTES);
    long result = thread.request(tid -> Ptrace.rseqConfiguration(tid, area));
    if (result > 0 && area.getLong(0) != 0) {
      thread.call(
          SyscallNumbers.RSEQ, area.getLong(0), area.getInt(8), RSEQ_UNREGISTER, area.getInt(12));
    }
  }

  Workshop workshop() {
    return workshop;
  }

  SharedMemories shared() {
    return shared;
  }

  /** Where vdso and vvar are in each process that it makes. */
  KernelPages parked() {
    return parked;
  }

  /** Takes the shared memories out of a process that was made from this one. */
  void dropShared(Workshop made) throws IOException {
    if (sharedBytes > 0) {
      made.must("munmap", SyscallNumbers.MUNMAP, sharedStart, sharedBytes);
    }
  }

  /** Ends it. A root that it has made belongs to who adopts its orphans, unless it is a sibling. */
  void end() throws IOException {
    if (!ended) {
      ended = true;
      process.kill();
    }
  }

  @Override
  public void close() throws IOException {
    end();
  }
}
