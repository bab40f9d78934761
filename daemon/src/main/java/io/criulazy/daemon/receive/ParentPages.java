package io.criulazy.daemon.receive;

import io.criulazy.proto.image.PagemapReader;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Reads the pagemap of the images before along with the one that is received: both ascend, so one
 * pass finds each range that is said to be there. One thread at a time.
 */
final class ParentPages implements AutoCloseable {
  private final Path file;
  private final PagemapReader entries;
  private long start;
  private long end;

  private ParentPages(Path file, PagemapReader entries) {
    this.file = file;
    this.entries = entries;
  }

  static ParentPages open(Path pagemap) throws IOException {
    return new ParentPages(pagemap, PagemapReader.open(pagemap));
  }

  /**
   * Checks that the images before know these pages.
   *
   * @param vaddr not below that of the call before
   * @throws IOException if they do not, or are damaged
   */
  void requireCovered(long vaddr, long pages) throws IOException {
    long wanted = vaddr + pages * PagemapReader.PAGE_BYTES;
    for (long at = vaddr; at < wanted; at = end) {
      while (end <= at) {
        if (!entries.next()) {
          throw missing(at);
        }
        start = entries.vaddr();
        end = start + entries.pages() * PagemapReader.PAGE_BYTES;
      }
      if (start > at) {
        throw missing(at);
      }
    }
  }

  private IOException missing(long address) {
    return new IOException(
        "%s: has no page 0x%x, which the dump says is there; pre-dump again into new directories, and give the last one with --prev-images-dir"
            .formatted(file, address));
  }

  @Override
  public void close() throws IOException {
    entries.close();
  }
}
