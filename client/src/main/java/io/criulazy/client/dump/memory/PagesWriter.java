package io.criulazy.client.dump.memory;

import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.PagemapScan;
import io.criulazy.proto.image.PagemapWriter;
import io.criulazy.proto.image.ProcessImagesWriter;
import io.criulazy.proto.image.VmaStatus;
import io.criulazy.proto.image.memory.VmArea;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Writes the pages of a stopped process, or of shared memory, with their pagemap. Memory is read
 * through /proc/PID/mem, which obeys no protection: what a process may not read at the moment it
 * may have to later.
 */
public final class PagesWriter implements AutoCloseable {
  private static final int PAGE_BYTES = (int) PageSize.BYTES;
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int LAZY = 2;
  private static final int PRESENT = 4;
  private static final int MAP_LOCKED = 0x2000;
  private static final int PRIVATE = VmaStatus.ANON_PRIVATE | VmaStatus.FILE_PRIVATE;
  private static final int NEVER = VmaStatus.VVAR | VmaStatus.VSYSCALL;

  private final FileChannel source;
  private final FileChannel pages;
  private final PagemapWriter pagemap;
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);

  private long runStart;
  private long runPages;
  private int runFlags;
  private long writtenPages;

  private PagesWriter(Path source, Path pages, PagemapWriter pagemap) throws IOException {
    this.pagemap = pagemap;
    this.source = FileChannel.open(source, StandardOpenOption.READ);
    this.pages = FileChannel.open(pages, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /**
   * Writes what of a process's mappings is in no file.
   *
   * @return how many pages were written
   */
  public static long process(int pid, List<VmArea> areas, ProcessImagesWriter images, int pagesId)
      throws IOException {
    try (PagemapScan scan = new PagemapScan(pid);
        PagemapWriter pagemap = images.pagemap(pid, pagesId);
        PagesWriter writer =
            new PagesWriter(Path.of("/proc/" + pid + "/mem"), images.pagesFile(pagesId), pagemap)) {
      for (VmArea area : areas) {
        writer.area(area, scan);
      }
      writer.endRun();
      return writer.writtenPages;
    }
  }

  private void area(VmArea area, PagemapScan scan) throws IOException {
    // A restore compares the vdso with its own, and needs rings before anything can be lazy.
    if ((area.status() & (VmaStatus.VDSO | VmaStatus.AIO_RING)) != 0) {
      range(area.start(), area.end(), PRESENT);
      return;
    }
    if ((area.status() & PRIVATE) == 0 || (area.status() & NEVER) != 0) {
      return;
    }
    boolean lazy =
        (area.status() & VmaStatus.ANON_PRIVATE) != 0 && (area.flags() & MAP_LOCKED) == 0;
    int flags = lazy ? PRESENT | LAZY : PRESENT;
    scan.ownPages(area.start(), area.end(), (start, end) -> range(start, end, flags));
  }

  /**
   * Writes the pages of a shared memory that are not all zeros.
   *
   * @param content its file
   * @param sizeBytes of the memory
   * @param tail what the last page holds beyond it, which mappings show and reading does not
   */
  public static long shared(
      Path content,
      long sizeBytes,
      byte[] tail,
      long shmid,
      ProcessImagesWriter images,
      int pagesId)
      throws IOException {
    try (PagemapWriter pagemap = images.shmemPagemap(shmid, pagesId);
        PagesWriter writer = new PagesWriter(content, images.pagesFile(pagesId), pagemap)) {
      writer.fileContent(sizeBytes, tail);
      writer.endRun();
      return writer.writtenPages;
    }
  }

  private void fileContent(long sizeBytes, byte[] tail) throws IOException {
    for (long at = 0; at < sizeBytes; at += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, sizeBytes - at);
      read(at, length);
      int whole = (length + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
      for (int i = length; i < whole; i++) {
        chunk.put(i, i - length < tail.length ? tail[i - length] : 0);
      }
      for (int page = 0; page < whole; page += PAGE_BYTES) {
        if (!isZero(page)) {
          extendRun(at + page, 1, PRESENT);
          write(chunk.slice(page, PAGE_BYTES));
        }
      }
    }
  }

  private boolean isZero(int offset) {
    for (int i = 0; i < PAGE_BYTES; i += Long.BYTES) {
      if (chunk.getLong(offset + i) != 0) {
        return false;
      }
    }
    return true;
  }

  private void range(long start, long end, int flags) throws IOException {
    extendRun(start, (end - start) / PAGE_BYTES, flags);
    for (long at = start; at < end; at += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, end - at);
      read(at, length);
      write(chunk.slice(0, length));
    }
  }

  private void extendRun(long start, long count, int flags) throws IOException {
    if (runPages == 0 || runStart + runPages * PAGE_BYTES != start || runFlags != flags) {
      endRun();
      runStart = start;
      runFlags = flags;
    }
    runPages += count;
  }

  private void endRun() throws IOException {
    if (runPages > 0) {
      pagemap.entry(runStart, runPages, runFlags);
      writtenPages += runPages;
      runPages = 0;
    }
  }

  private void read(long address, int length) throws IOException {
    ByteBuffer rest = chunk.duplicate().position(0).limit(length);
    while (rest.hasRemaining()) {
      if (source.read(rest, address + rest.position()) <= 0) {
        throw new EOFException(
            "can't read %d bytes at 0x%x".formatted(rest.remaining(), address + rest.position()));
      }
    }
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      pages.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    try (source) {
      pages.close();
    }
  }
}
