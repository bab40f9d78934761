package io.criulazy.client.sys;

import java.nio.charset.StandardCharsets;

/**
 * PAGEMAP_SCAN (Linux 6.7): which pages of a process's memory are its own, and so in no file.
 *
 * <pre>
 * struct pm_scan_arg { __u64 size, flags, start, end, walk_end, vec, vec_len, max_pages,
 *     category_inverted, category_mask, category_anyof_mask, return_mask; };
 * struct page_region { __u64 start, end, categories; };
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

  private final int fd;
  private final String subject;
  private final NativeBuffer argument = new NativeBuffer(ARGUMENT_BYTES);
  private final NativeBuffer regions = new NativeBuffer(REGIONS * REGION_BYTES);

  /** Opens the pagemap of a process. */
  public PagemapScan(int pid) throws SysException {
    subject = "/proc/" + pid + "/pagemap";
    byte[] path = subject.getBytes(StandardCharsets.US_ASCII);
    NativeBuffer name = new NativeBuffer(path.length + 1).putBytes(0, path);
    fd = (int) SysException.check("open", subject, LibC.call(SyscallNumbers.OPEN, name.address()));
  }

  /**
   * Finds the pages that are there or swapped out, and that neither are a file's nor the kernel's
   * page of zeros.
   */
  public void ownPages(long start, long end, Ranges ranges) throws java.io.IOException {
    for (long from = start; from != end; from = argument.getLong(WALK_END)) {
      long count = scan(from, end);
      for (int i = 0; i < count; i++) {
        int region = i * REGION_BYTES;
        ranges.range(regions.getLong(region), regions.getLong(region + 8));
      }
    }
  }

  /** Whether there are guard pages (MADV_GUARD_INSTALL). Kernels before Linux 6.15 do not tell. */
  public boolean hasGuards(long start, long end) throws SysException {
    NativeBuffer guards =
        new NativeBuffer(ARGUMENT_BYTES)
            .putLong(0, ARGUMENT_BYTES)
            .putLong(16, start)
            .putLong(24, end)
            .putLong(40, regions.address())
            .putLong(48, 1)
            .putLong(72, GUARD)
            .putLong(88, GUARD);
    long result = LibC.result(LibC.FUNCTIONS.ioctl(fd, PAGEMAP_SCAN, guards.address()));
    return result != -Errno.EINVAL
        && SysException.check("ioctl(PAGEMAP_SCAN)", subject, result) > 0;
  }

  private long scan(long start, long end) throws SysException {
    argument.putLong(0, ARGUMENT_BYTES).putLong(16, start).putLong(24, end).putLong(WALK_END, end);
    argument.putLong(40, regions.address()).putLong(48, REGIONS);
    argument.putLong(64, FILE | ZERO_PAGE).putLong(72, FILE | ZERO_PAGE);
    argument.putLong(80, PRESENT | SWAPPED).putLong(88, FILE);
    return SysException.check(
        "ioctl(PAGEMAP_SCAN)",
        subject,
        LibC.result(LibC.FUNCTIONS.ioctl(fd, PAGEMAP_SCAN, argument.address())));
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
  }
}
