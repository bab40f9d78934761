package io.criulazy.client.restore;

import io.criulazy.client.restore.files.OpenFiles;
import io.criulazy.client.rings.AioRestore;
import io.criulazy.client.source.ImageSource;
import io.criulazy.client.source.PageSpan;
import io.criulazy.client.source.Urgency;
import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.Vma;
import io.criulazy.proto.image.VmaStatus;
import io.criulazy.proto.image.memory.VmArea;
import io.criulazy.proto.index.SeekIndex;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rebuilds a task's address space in an empty husk: mappings at their places, with all pages that
 * are not left to userfaultfd.
 */
final class MemoryRestore {
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED = 0x1;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_FIXED_NOREPLACE = 0x100000;
  private static final int MAP_LOCKED = 0x2000;
  private static final int MADV_GUARD_INSTALL = 102;
  private static final int MADV_POPULATE_READ = 22;
  private static final long MOST_ARGUMENT_BYTES = 1 << 18;
  private static final int ADVICES = 64;
  private static final int MADV_DONTNEED = 4;

  private final Workshop workshop;
  private final SavedTree tree;
  private final SavedTask task;
  private final MappedFiles mappedFiles;
  private final boolean lazy;
  private final ForeignMemory memory;
  private final Map<Long, Vma> vmas = new HashMap<>();

  /**
   * @param lazy whether pages that can be lazy are left out
   */
  MemoryRestore(
      Workshop workshop,
      SavedTree tree,
      SavedTask task,
      boolean lazy,
      SharedMemories shared,
      OpenFiles files)
      throws IOException {
    this.workshop = workshop;
    this.tree = tree;
    this.task = task;
    this.lazy = lazy;
    this.mappedFiles = new MappedFiles(workshop, tree, shared, files);
    this.memory = workshop.thread().process().memory();
    for (Vma vma : tree.images().memoryMap(task.pid()).vmas()) {
      vmas.put(vma.start(), vma);
    }
  }

  /** Maps all, writable where there are pages to fill in. */
  void map() throws IOException {
    for (VmArea area : task.mm().areas()) {
      if (isOurs(area) && !isSegment(area)) {
        map(area);
      }
    }
    mappedFiles.done();
    workshop.flush();
    SysvSegments.attach(workshop, task);
  }

  private static boolean isSegment(VmArea area) {
    return (area.status() & VmaStatus.SYSV_IPC) != 0;
  }

  /** Not the kernel's own pages, and not what only tells of others. */
  private static boolean isOurs(VmArea area) {
    int others =
        VmaStatus.VDSO | VmaStatus.VVAR | VmaStatus.VSYSCALL | VmaStatus.GUARD | VmaStatus.AIO_RING;
    return (area.status() & others) == 0;
  }

  private void map(VmArea area) throws IOException {
    int flags = area.flags() & ~MAP_LOCKED | MAP_FIXED_NOREPLACE;
    MappedFiles.Source source = mappedFiles.source(area);
    if (source.fd() >= 0) {
      flags &= ~MAP_ANONYMOUS;
    }
    workshop.later(
        "mmap at 0x" + Long.toHexString(area.start()),
        SyscallNumbers.MMAP,
        area.start(),
        area.end() - area.start(),
        protWhileFilling(area),
        flags,
        source.fd(),
        source.offset());
  }

  private static boolean isShared(VmArea area) {
    return (area.flags() & MAP_SHARED) != 0;
  }

  private static int protWhileFilling(VmArea area) {
    return isShared(area) ? area.prot() : area.prot() | PROT_READ_WRITE;
  }

  /** Copies the pages that are to be there from the beginning. */
  void fill(ImageSource source) throws IOException {
    SeekIndex index = tree.images().index(task.pid());
    for (VmArea area : task.mm().areas()) {
      if (isOurs(area) && !isShared(area)) {
        fill(source, index, area);
      }
    }
  }

  private void fill(ImageSource source, SeekIndex index, VmArea area) throws IOException {
    boolean leftOut = lazy && vmas.get(area.start()).canBeLazy();
    for (int entry = index.ceiling(area.start());
        entry < index.entryCount() && index.start(entry) < area.end();
        entry++) {
      long start = Math.max(index.start(entry), area.start());
      long end = Math.min(index.end(entry), area.end());
      if (!leftOut || !index.lazy(entry)) {
        copy(source, start, end);
      }
    }
  }

  private void copy(ImageSource source, long start, long end) throws IOException {
    PageSpan span = new PageSpan();
    long at = start;
    while (at < end) {
      source.locate(at, Urgency.FAULT, span);
      if (!span.isHere()) {
        throw new IOException(
            "%s has no page for 0x%x of task %d, which can't come later"
                .formatted(tree.images().directory(), at, task.pid()));
      }
      long bytes = Math.min(span.bytes(), end - at);
      memory.writeFrom(at, span.address(), bytes);
      at += bytes;
    }
  }

  /** Makes AIO contexts, at whose addresses nothing is yet. */
  void makeAioContexts() throws IOException {
    for (VmArea area : task.mm().areas()) {
      if ((area.status() & VmaStatus.AIO_RING) != 0) {
        AioRestore.putBack(workshop.thread(), memory, AioRings.saved(tree, task, area));
      }
    }
  }

  /** Gives all mappings their protection, advice and locks. */
  void finish() throws IOException {
    for (VmArea area : task.mm().areas()) {
      if (isOurs(area)) {
        protect(area);
        advise(area);
        if ((area.flags() & MAP_LOCKED) != 0) {
          workshop.later("mlock", SyscallNumbers.MLOCK, area.start(), area.end() - area.start());
        }
      } else if ((area.status() & VmaStatus.GUARD) != 0) {
        workshop.later(
            "madvise(MADV_GUARD_INSTALL)",
            SyscallNumbers.MADVISE,
            area.start(),
            area.end() - area.start(),
            MADV_GUARD_INSTALL);
      }
    }
    workshop.flush();
  }

  private void protect(VmArea area) throws IOException {
    if (isSegment(area) || protWhileFilling(area) != area.prot()) {
      workshop.later(
          "mprotect at 0x" + Long.toHexString(area.start()),
          SyscallNumbers.MPROTECT,
          area.start(),
          area.end() - area.start(),
          area.prot());
    }
  }

  private void advise(VmArea area) throws IOException {
    long advice = area.madv().orElse(0);
    for (int i = 0; i < ADVICES; i++) {
      if ((advice >> i & 1) != 0 && i != MADV_DONTNEED) {
        workshop.later(
            "madvise(" + i + ") at 0x" + Long.toHexString(area.start()),
            SyscallNumbers.MADVISE,
            area.start(),
            area.end() - area.start(),
            i);
      }
    }
  }

  /** The ranges that userfaultfd is to watch, as start and length in turn: whole mappings. */
  List<Long> lazyRanges() {
    List<Long> ranges = new ArrayList<>();
    for (Vma vma : lazyVmas()) {
      ranges.add(vma.start());
      ranges.add(vma.length());
    }
    return ranges;
  }

  private List<Vma> lazyVmas() {
    return vmas.values().stream()
        .filter(vma -> lazy && vma.canBeLazy())
        .sorted(Comparator.comparingLong(Vma::start))
        .toList();
  }

  /**
   * Has a page of each lazy mapping fetched, and the arguments, by who serves them.
   *
   * <p>A mapping without a page has no anon_vma, and the pieces that the process makes of it may
   * not merge again. The arguments are read by the kernel for others, for ps, and it does not wait
   * for a missing page then.
   */
  void prime() throws IOException {
    SeekIndex index = tree.images().index(task.pid());
    for (Vma vma : lazyVmas()) {
      int entry = index.ceiling(vma.start());
      while (entry < index.entryCount() && index.start(entry) < vma.end() && !index.lazy(entry)) {
        entry++;
      }
      if (entry < index.entryCount() && index.start(entry) < vma.end()) {
        populate(Math.max(index.start(entry), vma.start()), SeekIndex.PAGE_BYTES);
      }
    }
    long arguments = task.mm().argStart() & -SeekIndex.PAGE_BYTES;
    long bytes = Math.min(task.mm().envEnd() - arguments, MOST_ARGUMENT_BYTES);
    populate(arguments, (bytes + SeekIndex.PAGE_BYTES - 1) & -SeekIndex.PAGE_BYTES);
  }

  /** What can't be read by the process, or a kernel without the call (before 5.14), is no error. */
  private void populate(long start, long bytes) throws IOException {
    workshop.call(SyscallNumbers.MADVISE, start, bytes, MADV_POPULATE_READ);
  }
}
