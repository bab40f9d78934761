package io.criulazy.daemon.store;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A {@code pages-N.img}: nothing but pages, one behind the other.
 *
 * <p>There are two ways to its bytes. {@link #read} copies them, and tells of a file that has
 * become shorter. {@link #segment} maps them, for readers in the kernel: their address is the
 * source of a UFFDIO_COPY, and where the file has become shorter the call fails with EFAULT.
 * <b>Java code must not read the mapping</b>: there, such a page is a SIGBUS, which the JVM turns
 * into an InternalError at best.
 *
 * <p>Mappings are made when first asked for and live until the {@link ImageSet} is closed for the
 * last time; whoever uses their addresses holds the set until its last call has returned. Safe for
 * any number of threads.
 */
public final class PagesFile {
  /** Log2 of {@link #SEGMENT_BYTES}. */
  public static final int SEGMENT_SHIFT = 30;

  /** Bytes in each mapping but the last, which ends with the file. */
  public static final long SEGMENT_BYTES = 1L << SEGMENT_SHIFT;

  private final Path path;
  private final int ordinal;
  private final FileChannel channel;
  private final FileState opened;
  private final MappedSegments segments;

  /** 0 until somebody asks. */
  private int descriptor;

  private PagesFile(Path path, int ordinal, FileChannel channel, FileState opened) {
    this.path = path;
    this.ordinal = ordinal;
    this.channel = channel;
    this.opened = opened;
    this.segments = new MappedSegments(channel, opened.sizeBytes());
  }

  /** Opens the file; {@link #close} closes it. */
  static PagesFile open(Path path, int ordinal) throws IOException {
    Path real = path.toRealPath();
    if (!Files.isRegularFile(real)) {
      throw new IOException(path + ": not a regular file; pages are read at any place of it");
    }
    FileState before = FileState.of(real);
    FileChannel channel = FileChannel.open(real, StandardOpenOption.READ);
    try {
      PagesFile file = new PagesFile(real, ordinal, channel, before);
      file.verifyUnchanged();
      return file;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Where it is, links resolved. */
  public Path path() {
    return path;
  }

  /** Its number in the set. */
  public int ordinal() {
    return ordinal;
  }

  /** Its length when it was opened. */
  public long sizeBytes() {
    return opened.sizeBytes();
  }

  /** Number of mappings that cover the file. */
  public int segmentCount() {
    return segments.count();
  }

  /**
   * The mapping of the bytes from index * {@link #SEGMENT_BYTES} on, read-only: for its address,
   * not for its bytes. The byte at offset o is at {@code o & (SEGMENT_BYTES - 1)} in segment {@code
   * o >>> SEGMENT_SHIFT}. Each call returns a new buffer over the one mapping.
   *
   * @param index from 0 below {@link #segmentCount}
   * @throws IOException if it can't be mapped
   * @throws IllegalStateException if the set is closed
   */
  public ByteBuffer segment(int index) throws IOException {
    try {
      return segments.get(index);
    } catch (IOException e) {
      verifyUnchanged();
      throw new IOException(path + ": can't map segment " + index + ": " + e.getMessage(), e);
    }
  }

  /**
   * Fills the buffer with the bytes from the offset on.
   *
   * @throws ChangedImageException if the file has become so short that they are gone
   * @throws EOFException if they were never in the file
   */
  public void read(long offset, ByteBuffer target) throws IOException {
    if (offset < 0 || target.remaining() > sizeBytes() - offset) {
      throw new EOFException(
          "%s: no %d bytes at offset %d of %d"
              .formatted(path, target.remaining(), offset, sizeBytes()));
    }
    long at = offset;
    while (target.hasRemaining()) {
      int got = channel.read(target, at);
      if (got < 0) {
        throw new ChangedImageException(path, shrunk());
      }
      at += got;
    }
  }

  /**
   * The number of the descriptor that it is read by: read-only, closed with the set. Waits for the
   * disk when it is first asked for.
   *
   * @throws IOException if it can't be told
   */
  public synchronized int descriptor() throws IOException {
    if (descriptor == 0) {
      try {
        descriptor = ChannelDescriptor.of(channel, opened);
      } catch (IOException e) {
        throw new IOException(path + ": cannot be handed over: " + e.getMessage(), e);
      }
    }
    return descriptor;
  }

  /**
   * Checks that the file is what it was when it was opened: place, length, time of the last write.
   * A file that was removed is still there for those who have it open, so that is no change. Costs
   * two system calls and allocates a little.
   *
   * @throws ChangedImageException if it is not
   */
  public void verifyUnchanged() throws IOException {
    if (channel.size() != sizeBytes()) {
      throw new ChangedImageException(path, shrunk());
    }
    try {
      String difference = opened.differenceTo(FileState.of(path));
      if (difference != null) {
        throw new ChangedImageException(path, difference);
      }
    } catch (NoSuchFileException removed) {
      // Its name is gone; the bytes stay until the channel and the mappings are.
    }
  }

  /** Closes the file and takes the mappings away. */
  void close() throws IOException {
    segments.close();
    channel.close();
  }

  private String shrunk() throws IOException {
    return "it had %d bytes and has %d now".formatted(sizeBytes(), channel.size());
  }
}
