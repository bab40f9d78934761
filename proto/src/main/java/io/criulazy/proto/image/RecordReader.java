package io.criulazy.proto.image;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.criulazy.proto.image.codec.MalformedMessageException;
import io.criulazy.proto.image.codec.MessageCodec;
import io.criulazy.proto.image.codec.UnknownFields;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Reads the records of one image, front to back. Memory is bounded by the longest record that is
 * possible in an image of the type (a small multiple of it once it is parsed), whatever the file
 * says. One thread at a time; the opener closes it.
 */
public final class RecordReader implements Closeable {
  private static final int MAX_CONTENT_BYTES = 64 << 20;

  private final ImageInput input;
  private final ImageType type;
  private UnknownFields unknown = UnknownFields.IGNORED;

  private RecordReader(ImageInput input, ImageType type) throws IOException {
    this.input = input;
    this.type = type;
    input.readMagics(type);
  }

  /**
   * Opens an image and checks its magics.
   *
   * @throws java.nio.file.NoSuchFileException when it is not there
   * @throws ImageFormatException when it is no image of this type
   */
  public static RecordReader open(Path file, ImageType type) throws IOException {
    ImageInput input = ImageInput.open(file);
    try {
      return new RecordReader(input, type);
    } catch (IOException | RuntimeException e) {
      input.close();
      throw e;
    }
  }

  /** An image that is in memory; {@code file} is its name in messages. */
  static RecordReader over(Path file, byte[] image, ImageType type) throws IOException {
    return new RecordReader(ImageInput.over(file, image), type);
  }

  /** Has somebody told of the fields that records of a {@link MessageCodec} have no place for. */
  void tell(UnknownFields listener) {
    unknown = listener;
  }

  /**
   * The next record, or null after the last one.
   *
   * @throws ImageFormatException when the file ends inside it, or it is no such message
   */
  public <M extends Message> M next(Parser<M> parser) throws IOException {
    if (input.atEnd()) {
      return null;
    }
    int length = input.readLength(type.maxRecordBytes());
    long start = input.offset();
    M message = parse(parser, length, start);
    String missing = RequiredFields.firstMissing(message);
    if (missing != null) {
      throw input.bad(start, "not a record of this kind: it has no " + missing);
    }
    input.skip(length);
    return message;
  }

  private <M extends Message> M parse(Parser<M> parser, int length, long start)
      throws ImageFormatException {
    try {
      return parser.parsePartialFrom(input.window(), input.position(), length);
    } catch (InvalidProtocolBufferException e) {
      throw new ImageFormatException(
          input.file(), start, "not a record of this kind: " + e.getMessage(), e);
    }
  }

  /**
   * The record of an image that must hold exactly one.
   *
   * @throws ImageFormatException when there is none or more than one
   */
  public <M extends Message> M only(Parser<M> parser) throws IOException {
    return checkOnly(next(parser));
  }

  /**
   * The next record, or null after the last one.
   *
   * @throws ImageFormatException when the file ends inside it, or it is no such message
   */
  public <T extends Record> T next(MessageCodec<T> codec) throws IOException {
    if (input.atEnd()) {
      return null;
    }
    int length = input.readLength(type.maxRecordBytes());
    try {
      T message = codec.decode(input.window(), input.position(), length, unknown);
      input.skip(length);
      return message;
    } catch (MalformedMessageException e) {
      throw new ImageFormatException(
          input.file(),
          input.offset() + e.offset(),
          "not a record of this kind: " + e.getMessage(),
          e);
    }
  }

  /**
   * The record of an image that must hold exactly one.
   *
   * @throws ImageFormatException when there is none or more than one
   */
  public <T extends Record> T only(MessageCodec<T> codec) throws IOException {
    return checkOnly(next(codec));
  }

  private <T> T checkOnly(T message) throws ImageFormatException {
    if (message == null) {
      throw input.bad(input.offset(), "truncated: holds no record");
    }
    if (!input.atEnd()) {
      throw input.bad(input.offset(), "more than one record");
    }
    return message;
  }

  /**
   * The bytes that follow a record which tells their number.
   *
   * @throws ImageFormatException when the file ends inside them, or they are more than 64 MiB
   */
  public byte[] bytes(int length) throws IOException {
    return input.readBytes(length, MAX_CONTENT_BYTES);
  }

  /** Bytes from the start of the file to the next record. */
  public long offset() {
    return input.offset();
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
