package io.criulazy.proto.image;

import io.criulazy.proto.image.codec.MessageCodec;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes the records of one image, front to back. One thread at a time; the opener closes it. */
public final class RecordWriter implements Closeable {
  private final OutputStream out;

  private RecordWriter(OutputStream out, ImageType type) throws IOException {
    this.out = out;
    if (type != ImageType.INVENTORY) {
      writeU32(ImageType.COMMON_MAGIC);
    }
    writeU32(type.magic());
  }

  /**
   * Creates an image and writes its magics.
   *
   * @throws java.nio.file.FileAlreadyExistsException when there is such a file
   */
  public static RecordWriter create(Path file, ImageType type) throws IOException {
    OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW);
    try {
      return new RecordWriter(new BufferedOutputStream(out), type);
    } catch (IOException | RuntimeException e) {
      out.close();
      throw e;
    }
  }

  /** An image to a stream, which is the writer's from now on. */
  static RecordWriter over(OutputStream out, ImageType type) throws IOException {
    return new RecordWriter(out, type);
  }

  /** Writes a record. */
  @SuppressWarnings("unchecked") // a record's class has the record's codec
  public <T extends Record> void write(T message) throws IOException {
    encoded(MessageCodec.of((Class<T>) message.getClass()).encode(message));
  }

  /** Writes a record whose bytes are there already. */
  void encoded(byte[] message) throws IOException {
    writeU32(message.length);
    out.write(message);
  }

  /** Writes the bytes that follow a record which tells their number. */
  public void bytes(byte[] content) throws IOException {
    out.write(content);
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
