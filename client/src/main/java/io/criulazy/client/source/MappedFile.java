package io.criulazy.client.source;

import io.criulazy.client.sys.MappedDescriptor;
import io.criulazy.client.sys.MappedPages;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.daemon.store.PagesFile;
import io.criulazy.proto.index.SeekIndex;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A pages file by the addresses of its mappings. Immutable; void when the image set that the file
 * belongs to is closed.
 */
final class MappedFile {
  /** What is brought in at once for the fillers. */
  private static final long WINDOW_BYTES = 2L << 20;

  private final long sizeBytes;

  /** Kept reachable: they own the mappings. */
  private final ByteBuffer[] segments;

  private final long[] addresses;

  /** Ordinal of the window that was populated last; fillers of several tasks may share a file. */
  private volatile long populatedWindow = -1;

  MappedFile(PagesFile file) throws IOException {
    sizeBytes = file.sizeBytes();
    segments = new ByteBuffer[file.segmentCount()];
    addresses = new long[segments.length];
    for (int i = 0; i < segments.length; i++) {
      segments[i] = file.segment(i);
      addresses[i] = NativeBuffer.addressOf(segments[i]);
    }
  }

  /** A file that is mapped in one piece, which must outlive this. */
  MappedFile(MappedDescriptor file) {
    sizeBytes = file.sizeBytes();
    segments = new ByteBuffer[0];
    addresses = new long[(int) (sizeBytes - 1 >>> PagesFile.SEGMENT_SHIFT) + 1];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = file.address() + ((long) i << PagesFile.SEGMENT_SHIFT);
    }
  }

  /** Where the byte at an offset is mapped. */
  long address(long offset) {
    return addresses[(int) (offset >>> PagesFile.SEGMENT_SHIFT)]
        + (offset & (PagesFile.SEGMENT_BYTES - 1));
  }

  /** Whether it has so many pages from an offset on, whatever was said about them. */
  boolean has(long offset, long pages) {
    return offset >= 0
        && offset <= sizeBytes
        && pages >= 0
        && pages <= (sizeBytes - offset) / SeekIndex.PAGE_BYTES;
  }

  /** How many bytes from an offset on are mapped without a gap. */
  long contiguousBytes(long offset) {
    long segmentEnd = (offset | (PagesFile.SEGMENT_BYTES - 1)) + 1;
    return Math.min(segmentEnd, sizeBytes) - offset;
  }

  /** Brings the window around an offset into memory if that has not just been done. */
  void populate(long offset) {
    long window = offset / WINDOW_BYTES;
    if (window != populatedWindow) {
      populatedWindow = window;
      long start = window * WINDOW_BYTES;
      MappedPages.populate(address(start), Math.min(WINDOW_BYTES, contiguousBytes(start)));
    }
  }
}
