package io.criulazy.daemon.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * The read-only mappings of one file, {@link PagesFile#SEGMENT_BYTES} each, made when first asked
 * for. Safe for any number of threads.
 */
final class MappedSegments {
  private final FileChannel channel;
  private final long sizeBytes;
  private final Mapping[] segments;
  private boolean closed;

  MappedSegments(FileChannel channel, long sizeBytes) {
    this.channel = channel;
    this.sizeBytes = sizeBytes;
    long count = (sizeBytes + PagesFile.SEGMENT_BYTES - 1) >>> PagesFile.SEGMENT_SHIFT;
    this.segments = new Mapping[Math.toIntExact(count)];
  }

  int count() {
    return segments.length;
  }

  synchronized ByteBuffer get(int index) throws IOException {
    if (closed) {
      throw new IllegalStateException("the image set is closed");
    }
    if (segments[index] == null) {
      long start = (long) index << PagesFile.SEGMENT_SHIFT;
      long length = Math.min(PagesFile.SEGMENT_BYTES, sizeBytes - start);
      segments[index] = Mapping.of(channel, start, length);
    }
    return segments[index].bytes();
  }

  synchronized void close() {
    closed = true;
    for (int i = 0; i < segments.length; i++) {
      if (segments[i] != null) {
        segments[i].unmap();
        segments[i] = null;
      }
    }
  }
}
