package io.criulazy.proto.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Any bytes as a server's answer: it is read, or refused; what is handed over lies in the frame.
 */
class FrameFuzzTest {
  @FuzzTest(maxDuration = "8s")
  void pages(byte[] header) {
    ByteBuffer frame =
        ByteBuffer.allocate(FramePrefix.BYTES + header.length).order(ByteOrder.LITTLE_ENDIAN);
    FramePrefix.write(frame, 0, FrameType.PAGES, header.length, 0);
    frame.put(FramePrefix.BYTES, header);
    FramePrefix.seal(frame, 0);
    try {
      FramePrefix.requireBounded(frame, 0);
      FramePrefix.requireIntact(frame, 0);
      Pages pages = Frames.header(frame, Pages.parser());
      int payload = pages.getDecompressedBytes() & FramePrefix.MAX_PAYLOAD_BYTES - 1;
      PageRuns.visit(pages, payload, (first, count, at) -> requireWithin(payload, count, at));
    } catch (WireException refused) {
      if (refused.getMessage().isBlank()) {
        throw new AssertionError("refused without a reason");
      }
    }
  }

  private static void requireWithin(int payload, int count, int at) {
    if (at >= 0 && at + count * PageRuns.PAGE_BYTES > payload) {
      throw new AssertionError("beyond the payload");
    }
  }
}
