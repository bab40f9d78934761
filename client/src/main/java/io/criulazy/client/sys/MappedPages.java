package io.criulazy.client.sys;

/** Advice about file pages that are mapped into this process. */
public final class MappedPages {
  private static final int MADV_POPULATE_READ = 22;

  private MappedPages() {}

  /**
   * Reads pages from the disk if they are not in the page cache, and maps them, so that a reader of
   * the mapping finds them at once (Linux 5.14). Waits for the disk. What can't be read, or an
   * older kernel, is no error here: the reader will see.
   *
   * @param address page-aligned, in a mapping
   */
  public static void populate(long address, long bytes) {
    LibC.call(SyscallNumbers.MADVISE, address, bytes, MADV_POPULATE_READ);
  }
}
