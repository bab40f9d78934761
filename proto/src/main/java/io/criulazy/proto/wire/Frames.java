package io.criulazy.proto.wire;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Puts headers into frames and takes them out again. */
public final class Frames {
  private Frames() {}

  /** A whole frame without payload, ready to be sent. */
  public static ByteBuffer of(FrameType type, MessageLite header) {
    int headerBytes = header.getSerializedSize();
    ByteBuffer frame =
        ByteBuffer.allocate(FramePrefix.BYTES + headerBytes).order(ByteOrder.LITTLE_ENDIAN);
    putHeader(frame, type, header, 0);
    FramePrefix.seal(frame, 0);
    return frame;
  }

  /**
   * Writes prefix and header to the beginning of a frame; the payload is behind them or will be,
   * and then the frame is to be {@link FramePrefix#seal sealed}.
   *
   * @param frame little-endian
   */
  public static void putHeader(
      ByteBuffer frame, FrameType type, MessageLite header, int payloadBytes) {
    int headerBytes = header.getSerializedSize();
    FramePrefix.write(frame, 0, type, headerBytes, payloadBytes);
    try {
      CodedOutputStream out =
          CodedOutputStream.newInstance(frame.slice(FramePrefix.BYTES, headerBytes));
      header.writeTo(out);
      out.flush();
    } catch (IOException e) {
      throw new IllegalArgumentException("a header that does not fit its own size", e);
    }
  }

  /**
   * Reads the header of a frame.
   *
   * @param frame little-endian, the frame from index 0 on
   * @throws WireException if it is no such message
   */
  public static <T> T header(ByteBuffer frame, Parser<T> parser) throws WireException {
    try {
      return parser.parseFrom(frame.slice(FramePrefix.BYTES, FramePrefix.headerBytes(frame, 0)));
    } catch (InvalidProtocolBufferException e) {
      throw new WireException(
          FailureCode.MALFORMED,
          "the header of a frame of type %d makes no sense: %s"
              .formatted(FramePrefix.type(frame, 0), e.getMessage()));
    }
  }
}
