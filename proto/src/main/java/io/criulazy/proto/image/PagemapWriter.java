package io.criulazy.proto.image;

import com.google.protobuf.MessageLite;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes a {@code pagemap-PID.img} or {@code pagemap-shmem-ID.img} as {@link PagemapReader} reads
 * it and every criu does: the number of pages stands where the older ones look for it, and the
 * newer ones too if there is nothing else. One thread at a time; closing closes the stream.
 */
public final class PagemapWriter implements Closeable {
  /** So many pages fit into one entry. */
  public static final long MAX_ENTRY_PAGES = 0xffff_ffffL;

  private final OutputStream out;

  /**
   * Writes the head.
   *
   * @param out buffered; owned by the writer from now on
   * @param pagesId the number in the name of the pages file
   */
  public PagemapWriter(OutputStream out, int pagesId) throws IOException {
    this.out = out;
    writeU32(ImageType.COMMON_MAGIC);
    writeU32(ImageType.PAGEMAP.magic());
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
    writeU32(message.getSerializedSize());
    message.writeTo(out);
  }

  private void writeU32(int value) throws IOException {
    out.write(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
