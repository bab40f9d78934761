package io.criulazy.client.source;

import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.UnnamedFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Pages of one task that can't be asked for again and that a forked process may still need: in a
 * file without a name. Safe for any number of threads.
 */
final class PageArchive implements AutoCloseable {
  private static final int PAGE_BYTES = (int) PageSize.BYTES;

  private final FileChannel file;
  private final Map<Long, Long> offsets = new HashMap<>();
  private long sizeBytes;

  /**
   * @param directory where there is room for it
   */
  PageArchive(Path directory) throws IOException {
    file = UnnamedFile.in(directory);
  }

  /**
   * Keeps pages.
   *
   * @param bytes holds them from {@code at} on; its indices stay
   */
  synchronized void keep(long address, int pages, ByteBuffer bytes, int at) {
    try {
      ByteBuffer source = bytes.duplicate().limit(at + pages * PAGE_BYTES).position(at);
      for (long to = sizeBytes; source.hasRemaining(); ) {
        to += file.write(source, to);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep pages for forked processes", e);
    }
    for (int page = 0; page < pages; page++) {
      offsets.putIfAbsent(address + (long) page * PAGE_BYTES, sizeBytes + page * PAGE_BYTES);
    }
    sizeBytes += (long) pages * PAGE_BYTES;
  }

  synchronized boolean has(long address) {
    return offsets.containsKey(address);
  }

  /**
   * Reads a page.
   *
   * @param target gets it from its beginning on
   * @return false if it is not kept
   */
  synchronized boolean read(long address, ByteBuffer target) {
    Long offset = offsets.get(address);
    if (offset == null) {
      return false;
    }
    target.clear().limit(PAGE_BYTES);
    try {
      while (target.hasRemaining()) {
        if (file.read(target, offset + target.position()) < 0) {
          throw new IOException("the file of kept pages is too short");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read pages kept for forked processes", e);
    }
    return true;
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }
}
