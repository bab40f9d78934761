package io.criulazy.client.restore.files;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.PagesFile;
import io.criulazy.proto.index.SeekIndex;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The recorded pages of a shared memory. */
public final class SharedContent {
  private static final int CHUNK_BYTES = 1 << 20;

  /** Takes pages. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Puts bytes where they belong.
     *
     * @param offset in the memory, of the first byte that remains in the buffer
     */
    void put(long offset, ByteBuffer bytes) throws IOException;
  }

  private SharedContent() {}

  /**
   * Reads all of it; what is not mentioned is zero.
   *
   * @param shmid unsigned
   * @param sizeBytes of the memory: a page beyond it is an error
   */
  public static void read(ImageSet images, long shmid, long sizeBytes, Sink sink)
      throws IOException {
    if (!images.sharedMemoryIds().contains(shmid)) {
      return;
    }
    SeekIndex index = images.sharedMemoryIndex(shmid);
    long end = (sizeBytes + SeekIndex.PAGE_BYTES - 1) / SeekIndex.PAGE_BYTES * SeekIndex.PAGE_BYTES;
    for (int entry = 0; entry < index.entryCount(); entry++) {
      if (index.present(entry)) {
        if (index.end(entry) > end) {
          throw new IOException(
              "%s: shared memory %d has a page at %d, and ends at %d"
                  .formatted(images.directory(), shmid, index.start(entry), sizeBytes));
        }
        read(images, index, entry, sink);
      }
    }
  }

  private static void read(ImageSet images, SeekIndex index, int entry, Sink sink)
      throws IOException {
    PagesFile file = images.pagesFile(index.file(entry));
    long length = index.end(entry) - index.start(entry);
    for (long done = 0; done < length; done += CHUNK_BYTES) {
      ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, length - done));
      file.read(index.fileOffset(entry) + done, chunk);
      sink.put(index.start(entry) + done, chunk.rewind());
    }
  }
}
