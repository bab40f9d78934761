package io.criulazy.proto.image;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * An image file as a window of bytes that slides from its start to its end. The file is read, not
 * mapped: one that shrinks meanwhile gives an exception and no signal. Holds one window of 256 KiB,
 * or of one record if that is longer. One thread at a time.
 */
final class ImageInput implements Closeable {
  private static final int WINDOW_BYTES = 256 << 10;

  private final Path file;
  private final InputStream in;
  private final long sizeBytes;
  private byte[] window;
  private int position;
  private int limit;
  private long windowOffset;
  private int generation;

  private ImageInput(Path file, InputStream in, long sizeBytes) {
    this.file = file;
    this.in = in;
    this.sizeBytes = sizeBytes;
    this.window = new byte[(int) Math.min(sizeBytes, WINDOW_BYTES)];
  }

  /** Opens an image, at its first magic; the caller closes it. */
  static ImageInput open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      return new ImageInput(file, Channels.newInputStream(channel), channel.size());
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** An image in memory, called {@code file} in messages. */
  static ImageInput over(Path file, byte[] image) {
    return new ImageInput(file, new ByteArrayInputStream(image), image.length);
  }

  Path file() {
    return file;
  }

  /** Goes past the magics of an image of this type, and nothing else. */
  void readMagics(ImageType type) throws IOException {
    int magic = readMagic();
    if (magic == ImageType.COMMON_MAGIC && type != ImageType.INVENTORY) {
      magic = readMagic();
    }
    if (magic != type.magic()) {
      throw bad(
          offset() - Integer.BYTES,
          "magic is %s, expected %s: not an image of this kind"
              .formatted(ImageType.describe(magic), ImageType.describe(type.magic())));
    }
  }

  private int readMagic() throws IOException {
    require(Integer.BYTES, "magic");
    int magic = peekInt();
    skip(Integer.BYTES);
    return magic;
  }

  /**
   * Reads the length of the next record and makes the whole record stand at {@link #position()}.
   *
   * @return its bytes, at most {@code maxBytes}
   */
  int readLength(int maxBytes) throws IOException {
    long start = offset();
    require(Integer.BYTES, "length of a record");
    long length = Integer.toUnsignedLong(peekInt());
    skip(Integer.BYTES);
    if (length > sizeBytes - offset()) {
      throw bad(
          start,
          "truncated: a record of %d bytes, but only %d are left"
              .formatted(length, sizeBytes - offset()));
    }
    if (length > maxBytes) {
      throw bad(start, "a record of %d bytes; at most %d are possible".formatted(length, maxBytes));
    }
    require((int) length, "record");
    return (int) length;
  }

  /** Reads bytes that are no record. */
  byte[] readBytes(int length, int maxBytes) throws IOException {
    if (length < 0 || length > maxBytes) {
      throw bad(
          offset(),
          "%s bytes of content; at most %d are possible"
              .formatted(Integer.toUnsignedString(length), maxBytes));
    }
    require(length, "content");
    byte[] bytes = Arrays.copyOfRange(window, position, position + length);
    skip(length);
    return bytes;
  }

  boolean atEnd() {
    return offset() == sizeBytes;
  }

  /** Bytes from the start of the file. */
  long offset() {
    return windowOffset + position;
  }

  /** Where the bytes at {@link #position()} until {@link #limit()} are; replaced when it slides. */
  byte[] window() {
    return window;
  }

  int position() {
    return position;
  }

  int limit() {
    return limit;
  }

  /** Another number each time that the window has slid: positions seen before are void. */
  int generation() {
    return generation;
  }

  void skip(int bytes) {
    position += bytes;
  }

  ImageFormatException bad(long offset, String reason) {
    return new ImageFormatException(file, offset, reason);
  }

  private int peekInt() {
    return (window[position] & 0xff)
        | (window[position + 1] & 0xff) << 8
        | (window[position + 2] & 0xff) << 16
        | window[position + 3] << 24;
  }

  private void require(int bytes, String what) throws IOException {
    if (limit - position < bytes) {
      slide(bytes, what);
    }
  }

  private void slide(int bytes, String what) throws IOException {
    if (sizeBytes - offset() < bytes) {
      throw bad(
          offset(),
          "truncated: %s needs %d bytes, but only %d are left"
              .formatted(what, bytes, sizeBytes - offset()));
    }
    byte[] target = bytes > window.length ? new byte[bytes] : window;
    System.arraycopy(window, position, target, 0, limit - position);
    window = target;
    windowOffset += position;
    limit -= position;
    position = 0;
    generation++;
    int wanted = (int) Math.min(window.length, sizeBytes - windowOffset);
    int got = in.readNBytes(window, limit, wanted - limit);
    limit += got;
    if (limit < bytes) {
      throw bad(windowOffset + limit, "the file became shorter while it was read");
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
