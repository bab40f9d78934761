package io.criulazy.client.rings;

import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.TracedThread;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the kernel map something at an address that it does not let one choose: all holes of the
 * address space that are large enough are filled, but for the wanted one. A ring can be mapped
 * neither with MAP_FIXED nor moved with mremap.
 *
 * <p>The fillers are inaccessible and cost no memory. {@link #close} takes them away.
 */
final class AddressPlugs implements AutoCloseable {
  private static final long LOWEST = 0x10000;
  private static final long PAGE_BYTES = PageSize.BYTES;

  /** End of what mmap(2) chooses from on x86-64 when no address is hinted at. */
  private static final long HIGHEST = 0x7FFF_FFFF_F000L;

  private static final int PROT_NONE = 0;
  private static final int MAP_PLUG = 0x104022; // PRIVATE, ANONYMOUS, NORESERVE, FIXED_NOREPLACE
  private static final int MAP_SHARED_POPULATE = 0x8001;

  private final TracedThread thread;
  private final List<long[]> plugs = new ArrayList<>(); // start, end

  private AddressPlugs(TracedThread thread) {
    this.thread = thread;
  }

  /** Keeps a range free of other mappings until {@link #map} or {@link #release}. */
  static void reserve(TracedThread thread, long start, long length) throws IOException {
    long got = thread.call(SyscallNumbers.MMAP, start, length, PROT_NONE, MAP_PLUG, -1, 0);
    if (got != start) {
      if (got >= 0) {
        thread.call(SyscallNumbers.MUNMAP, got, length);
      }
      throw new SysException(
          "mmap",
          "0x%x of %s, where a ring was mapped".formatted(start, thread),
          got < 0 ? got : -io.criulazy.client.sys.Errno.EEXIST);
    }
  }

  /** Gives a reserved range back. */
  static void release(TracedThread thread, long start, long length) throws IOException {
    thread.call(SyscallNumbers.MUNMAP, start, length);
  }

  /** Fills all holes of at least so many bytes. */
  static AddressPlugs fill(TracedThread thread, long smallestBytes) throws IOException {
    AddressPlugs plugs = new AddressPlugs(thread);
    try {
      long hole = LOWEST;
      for (ProcMapping mapping : ProcMapping.of(thread.process().pid())) {
        plugs.fillHole(hole, Math.min(mapping.start(), HIGHEST), smallestBytes);
        hole = Math.max(hole, mapping.end());
        if (hole < 0 || hole >= HIGHEST) {
          return plugs;
        }
      }
      plugs.fillHole(hole, HIGHEST, smallestBytes);
      return plugs;
    } catch (IOException e) {
      try {
        plugs.close();
      } catch (IOException more) {
        e.addSuppressed(more);
      }
      throw e;
    }
  }

  private void fillHole(long start, long end, long smallestBytes) throws IOException {
    if (end - start < Math.max(smallestBytes, PAGE_BYTES)) {
      return;
    }
    long got = thread.call(SyscallNumbers.MMAP, start, end - start, PROT_NONE, MAP_PLUG, -1, 0);
    SysException.check("mmap", "0x%x-0x%x of %s".formatted(start, end, thread), got);
    plugs.add(new long[] {start, end});
  }

  /** Maps a part of a ring at a reserved address. */
  void map(long start, long length, int prot, int fd, long offset) throws IOException {
    release(thread, start, length);
    long got = thread.call(SyscallNumbers.MMAP, 0, length, prot, MAP_SHARED_POPULATE, fd, offset);
    SysException.check("mmap", "fd %d of %s, a ring".formatted(fd, thread), got);
    if (got != start) {
      thread.call(SyscallNumbers.MUNMAP, got, length);
      throw new IOException(
          "a ring of %s was mapped at 0x%x in place of 0x%x".formatted(thread, got, start));
    }
  }

  @Override
  public void close() throws IOException {
    for (long[] plug : plugs) {
      SysException.check(
          "munmap",
          thread.toString(),
          thread.call(SyscallNumbers.MUNMAP, plug[0], plug[1] - plug[0]));
    }
    plugs.clear();
  }
}
