package io.criulazy.proto.image;

import com.google.protobuf.MessageLite;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes a {@code pagemap-PID.img} or {@code pagemap-shmem-ID.img} as {@link PagemapReader} reads
 * it and every criu does: the number of pages stands where the older ones look for it, and the
 * newer ones too if there is nothing else. One thread at a time; closing closes the stream.
 */
public final class PagemapWriter implements Closeable {
  /** So many pages fit into one entry. */
  public static final long MAX_ENTRY_PAGES = 0xffff_ffffL;

  private final RecordWriter records;

  /**
   * Writes the head.
   *
   * @param out buffered; owned by the writer from now on
   * @param pagesId the number in the name of the pages file
   */
  public PagemapWriter(OutputStream out, int pagesId) throws IOException {
    this.records = RecordWriter.over(out, ImageType.PAGEMAP);
    write(PagemapHead.newBuilder().setPagesId(pagesId).build());
  }

  /**
   * Writes entries: one, or more than one if there are more than {@link #MAX_ENTRY_PAGES} pages.
   *
   * @param vaddr page-aligned, not below the end of the entry before
   * @param pages at least 1
   * @param flags as of {@link PagemapReader#flags}
   */
  public void entry(long vaddr, long pages, int flags) throws IOException {
    long at = vaddr;
    for (long left = pages; left > 0; left -= MAX_ENTRY_PAGES) {
      long count = Math.min(left, MAX_ENTRY_PAGES);
      write(
          PagemapEntry.newBuilder()
              .setVaddr(at)
              .setCompatNrPages((int) count)
              .setFlags(flags)
              .build());
      at += count * PagemapReader.PAGE_BYTES;
    }
  }

  private void write(MessageLite message) throws IOException {
    records.encoded(message.toByteArray());
  }

  @Override
  public void close() throws IOException {
    records.close();
  }
}
