package io.criulazy.daemon.server;

import io.criulazy.daemon.store.PagesFile;
import io.criulazy.proto.index.SeekIndex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The part of an answer that is not yet written: pages at consecutive addresses, wherever they are
 * in the pages files. Belongs to one connection and is used again for each answer.
 */
final class PageRun {
  private final ServedImages images;
  private SeekIndex index;
  private int entry;
  private long at;
  private long end;

  PageRun(ServedImages images) {
    this.images = images;
  }

  /**
   * Begins an answer.
   *
   * @param vaddr first address wanted
   * @param maxPages so many pages at most
   * @return so many pages there are from the address on without a gap; 0 if the first is missing
   */
  long begin(SeekIndex index, long vaddr, long maxPages) {
    this.index = index;
    this.entry = index.find(vaddr);
    this.at = vaddr;
    this.end = vaddr;
    if (entry < 0) {
      return 0;
    }
    long limit = vaddr + maxPages * SeekIndex.PAGE_BYTES;
    for (int e = entry; e < index.entryCount() && end < limit; e++) {
      if (!index.present(e) || (e > entry && index.start(e) != end)) {
        break;
      }
      end = Math.min(limit, index.end(e));
    }
    return (end - at) / SeekIndex.PAGE_BYTES;
  }

  boolean isWritten() {
    return at == end;
  }

  /**
   * The next bytes without a copy: a view of the mapping, which only the kernel may read.
   *
   * @param maxBytes a multiple of the page size
   */
  ByteBuf nextMapped(int maxBytes) throws IOException {
    long offset = offset();
    long inSegment = offset & (PagesFile.SEGMENT_BYTES - 1);
    long length = Math.min(PagesFile.SEGMENT_BYTES - inSegment, length(maxBytes));
    ByteBuffer segment = file().segment((int) (offset >>> PagesFile.SEGMENT_SHIFT));
    ByteBuf bytes = Unpooled.wrappedBuffer(segment.slice((int) inSegment, (int) length));
    advance(length);
    return bytes;
  }

  /** The next bytes as a copy that Java code may read. */
  ByteBuf nextCopied(int maxBytes, ByteBufAllocator allocator) throws IOException {
    long length = length(maxBytes);
    ByteBuf bytes = allocator.directBuffer((int) length);
    try {
      file().read(offset(), bytes.nioBuffer(0, (int) length));
    } catch (IOException | RuntimeException e) {
      bytes.release();
      throw e;
    }
    advance(length);
    return bytes.writerIndex((int) length);
  }

  private PagesFile file() {
    return images.pagesFile(index, entry);
  }

  private long offset() {
    return index.fileOffset(entry) + at - index.start(entry);
  }

  private long length(int maxBytes) {
    return Math.min(maxBytes, Math.min(end, index.end(entry)) - at);
  }

  private void advance(long bytes) {
    at += bytes;
    if (at == index.end(entry)) {
      entry++;
    }
  }
}
