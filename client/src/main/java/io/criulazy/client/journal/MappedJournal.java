package io.criulazy.client.journal;

import io.criulazy.client.sys.NativeBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that is mapped for writing, window by window. Its blocks are on the disk before they are
 * mapped: a full disk is an error here and never a fault at a store. One thread.
 */
final class MappedJournal implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;

  private MappedJournal(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  static MappedJournal create(Path path) throws IOException {
    return new MappedJournal(
        path,
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE));
  }

  static MappedJournal open(Path path) throws IOException {
    return new MappedJournal(
        path, FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  long sizeBytes() throws IOException {
    return channel.size();
  }

  /** Maps bytes of the file; those behind its end are added, as zeros. */
  NativeBuffer map(long offset, int bytes) throws IOException {
    long missing = offset + bytes - channel.size();
    if (missing > 0) {
      ByteBuffer zeros = ByteBuffer.allocate((int) missing);
      long at = channel.size();
      try {
        while (zeros.hasRemaining()) {
          at += channel.write(zeros, at);
        }
      } catch (IOException e) {
        throw new IOException(path + ": " + e.getMessage(), e);
      }
    }
    return new NativeBuffer(channel.map(FileChannel.MapMode.READ_WRITE, offset, bytes));
  }

  Path path() {
    return path;
  }

  /** Closes the file; what is mapped stays mapped. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
