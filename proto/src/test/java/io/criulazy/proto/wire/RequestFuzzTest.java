package io.criulazy.proto.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * Any bytes as frames, one behind the other, as either side may get them: each is read as what its
 * type says, or refused with a reason; what was read can be sent again.
 */
class RequestFuzzTest {
  private static final Map<FrameType, Parser<? extends MessageLite>> HEADERS =
      Map.ofEntries(
          Map.entry(FrameType.HELLO, Hello.parser()),
          Map.entry(FrameType.WELCOME, Welcome.parser()),
          Map.entry(FrameType.OPEN, Open.parser()),
          Map.entry(FrameType.OPENED, Opened.parser()),
          Map.entry(FrameType.LIST_EXTENTS, ListExtents.parser()),
          Map.entry(FrameType.EXTENTS, Extents.parser()),
          Map.entry(FrameType.READ, Read.parser()),
          Map.entry(FrameType.PAGES, Pages.parser()),
          Map.entry(FrameType.CANCEL, Cancel.parser()),
          Map.entry(FrameType.PING, Ping.parser()),
          Map.entry(FrameType.PONG, Pong.parser()),
          Map.entry(FrameType.GRANT, Grant.parser()),
          Map.entry(FrameType.GRANTED, Granted.parser()),
          Map.entry(FrameType.FAILURE, Failure.parser()));

  @FuzzTest(maxDuration = "8s")
  void frames(byte[] bytes) {
    ByteBuffer stream = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try {
      while (stream.remaining() >= FramePrefix.BYTES) {
        ByteBuffer frame = next(stream);
        if (frame == null) {
          return;
        }
        FrameType type = FrameType.of(FramePrefix.type(frame, 0));
        if (type != null) {
          read(frame, type);
        }
      }
    } catch (WireException refused) {
      if (refused.getMessage().isBlank() || refused.code() != FailureCode.MALFORMED) {
        throw new AssertionError("refused without a reason", refused);
      }
    }
  }

  /**
   * The next frame; null if it is not complete. Checksums are mended: a fuzzer can't guess them.
   */
  private static ByteBuffer next(ByteBuffer stream) throws WireException {
    int at = stream.position();
    FramePrefix.requireBounded(stream, at);
    int bytes =
        FramePrefix.BYTES
            + FramePrefix.headerBytes(stream, at)
            + FramePrefix.payloadBytes(stream, at);
    if (bytes > stream.remaining()) {
      return null;
    }
    FramePrefix.seal(stream, at);
    FramePrefix.requireIntact(stream, at);
    stream.position(at + bytes);
    return stream.slice(at, bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void read(ByteBuffer frame, FrameType type) throws WireException {
    MessageLite header = Frames.header(frame, HEADERS.get(type));
    if (header.getSerializedSize() <= FramePrefix.MAX_HEADER_BYTES) {
      ByteBuffer again = Frames.of(type, header);
      if (!header.equals(Frames.header(again, HEADERS.get(type)))) {
        throw new AssertionError("another header came back");
      }
    }
  }
}
