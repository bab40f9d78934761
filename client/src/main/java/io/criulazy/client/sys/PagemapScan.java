package io.criulazy.client.sys;

import java.nio.charset.StandardCharsets;

/**
 * Which pages of a process's memory are its own, and so in no file: asked with PAGEMAP_SCAN (Linux
 * 6.7), or else read page by page.
 *
 * <pre>
 * struct pm_scan_arg { __u64 size, flags, start, end, walk_end, vec, vec_len, max_pages,
 *     category_inverted, category_mask, category_anyof_mask, return_mask; };
 * struct page_region { __u64 start, end, categories; };
 *
 * /proc/PID/pagemap: u64 a page; bit 61 of a file or shared, 62 swapped out, 63 present
 * </pre>
 */
public final class PagemapScan implements AutoCloseable {
  /** Gets the ranges, in ascending order. */
  @FunctionalInterface
  public interface Ranges {
    void range(long start, long end) throws java.io.IOException;
  }

  private static final long PAGEMAP_SCAN = 0xC0606610L;
  private static final int ARGUMENT_BYTES = 96;
  private static final int WALK_END = 32;
  private static final int REGION_BYTES = 24;
  private static final int REGIONS = 512;
  private static final long FILE = 1 << 2;
  private static final long PRESENT = 1 << 3;
  private static final long SWAPPED = 1 << 4;
  private static final long ZERO_PAGE = 1 << 5;
  private static final long GUARD = 1 << 8;

  private static final int ENTRIES = REGIONS * REGION_BYTES / Long.BYTES;
  private static final long ENTRY_FILE = 1L << 61;
  private static final long ENTRY_SWAPPED = 1L << 62;
  private static final long ENTRY_PRESENT = 1L << 63;

  private final boolean scans;
  private final int fd;
  private final String subject;
  private final boolean tellsGuards;
  private final NativeBuffer argument = new NativeBuffer(ARGUMENT_BYTES);
  private final NativeBuffer regions = new NativeBuffer(REGIONS * REGION_BYTES);

  /** Opens the pagemap of a process. */
  public PagemapScan(int pid) throws SysException {
    this(pid, KernelFeatures.hasPagemapScan());
  }

  /**
   * @param scans whether PAGEMAP_SCAN may be used
   */
  PagemapScan(int pid, boolean scans) throws SysException {
    this.scans = scans;
    subject = "/proc/" + pid + "/pagemap";
    byte[] path = subject.getBytes(StandardCharsets.US_ASCII);
    NativeBuffer name = new NativeBuffer(path.length + 1).putBytes(0, path);
    fd = (int) SysException.check("open", subject, LibC.call(SyscallNumbers.OPEN, name.address()));
    tellsGuards = tellsGuards(fd);
  }

  /**
   * Finds the pages that are there or swapped out, and that neither are a file's nor, where
   * PAGEMAP_SCAN tells them apart, the kernel's page of zeros.
   */
  public void ownPages(long start, long end, Ranges ranges) throws java.io.IOException {
    if (!scans) {
      readOwnPages(start, end, ranges);
      return;
    }
    long without = FILE | ZERO_PAGE | (tellsGuards ? GUARD : 0);
    walk(start, end, ranges, without, 0, PRESENT | SWAPPED);
  }

  /** Finds guard pages (MADV_GUARD_INSTALL). Kernels before Linux 6.15 do not tell: none then. */
  public void guards(long start, long end, Ranges ranges) throws java.io.IOException {
    if (tellsGuards) {
      walk(start, end, ranges, 0, GUARD, 0);
    }
  }

  private static boolean tellsGuards(int fd) {
    NativeBuffer nothing =
        new NativeBuffer(ARGUMENT_BYTES)
            .putLong(0, ARGUMENT_BYTES)
            .putLong(72, GUARD)
            .putLong(88, GUARD);
    return LibC.result(LibC.FUNCTIONS.ioctl(fd, PAGEMAP_SCAN, nothing.address())) >= 0;
  }

  /**
   * Finds pages.
   *
   * @param without categories that they have not
   * @param all categories that they have all of
   * @param any categories of which they have one; 0 if none is asked for
   */
  private void walk(long start, long end, Ranges ranges, long without, long all, long any)
      throws java.io.IOException {
    argument.putLong(0, ARGUMENT_BYTES).putLong(40, regions.address()).putLong(48, REGIONS);
    argument.putLong(64, without).putLong(72, without | all).putLong(80, any);
    argument.putLong(88, FILE);
    for (long from = start; from != end; from = argument.getLong(WALK_END)) {
      argument.putLong(16, from).putLong(24, end).putLong(WALK_END, end);
      long count =
          SysException.check(
              "ioctl(PAGEMAP_SCAN)",
              subject,
              LibC.result(LibC.FUNCTIONS.ioctl(fd, PAGEMAP_SCAN, argument.address())));
      for (int i = 0; i < count; i++) {
        int region = i * REGION_BYTES;
        ranges.range(regions.getLong(region), regions.getLong(region + 8));
      }
    }
  }

  private void readOwnPages(long start, long end, Ranges ranges) throws java.io.IOException {
    long runStart = end;
    for (long at = start; at < end; ) {
      int count = (int) Math.min(ENTRIES, (end - at) / PageSize.BYTES);
      long wanted = (long) count * Long.BYTES;
      long offset = at / PageSize.BYTES * Long.BYTES;
      long read = LibC.call(SyscallNumbers.PREAD64, fd, regions.address(), wanted, offset, 0, 0);
      if (SysException.check("pread", subject, read) < wanted) {
        throw new java.io.EOFException(subject + " ends before address 0x" + Long.toHexString(at));
      }
      for (int i = 0; i < count; i++, at += PageSize.BYTES) {
        boolean own = isOwn(regions.getLong(i * Long.BYTES));
        if (own && runStart == end) {
          runStart = at;
        } else if (!own && runStart != end) {
          ranges.range(runStart, at);
          runStart = end;
        }
      }
    }
    if (runStart != end) {
      ranges.range(runStart, end);
    }
  }

  private static boolean isOwn(long entry) {
    return (entry & (ENTRY_PRESENT | ENTRY_SWAPPED)) != 0 && (entry & ENTRY_FILE) == 0;
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
  }
}
