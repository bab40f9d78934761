package io.criulazy.daemon.server;

import io.criulazy.proto.wire.Failure;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.FramePrefix;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Frames;
import io.criulazy.proto.wire.PageRuns;
import io.criulazy.proto.wire.Pages;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.WireException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Any bytes as what a client says in our protocol, from its preamble on: what it is told are whole
 * frames, each page in them is the image's, and the server blames nobody for errors of its own.
 */
final class FuzzedWire {
  private static final int GREETING = Preamble.SERVER_BYTES;

  private FuzzedWire() {}

  static void check(byte[] bytes) throws WireException {
    byte[] said = new byte[Preamble.CLIENT_BYTES + bytes.length];
    System.arraycopy(Preamble.client(), 0, said, 0, Preamble.CLIENT_BYTES);
    System.arraycopy(bytes, 0, said, Preamble.CLIENT_BYTES, bytes.length);
    mendChecksums(said);
    byte[] told = FuzzedServer.tell(said);
    if (!Arrays.equals(Arrays.copyOf(told, GREETING), Preamble.server())) {
      throw new AssertionError("no preamble");
    }
    for (int at = GREETING; at < told.length; ) {
      at += frame(told, at);
    }
  }

  /** A fuzzer can't guess them. */
  private static void mendChecksums(byte[] said) {
    ByteBuffer frames = ByteBuffer.wrap(said).order(ByteOrder.LITTLE_ENDIAN);
    int at = Preamble.CLIENT_BYTES;
    while (at + FramePrefix.BYTES <= said.length) {
      try {
        FramePrefix.requireBounded(frames, at);
      } catch (WireException refused) {
        return;
      }
      int rest = FramePrefix.headerBytes(frames, at) + FramePrefix.payloadBytes(frames, at);
      if (at + FramePrefix.BYTES + rest > said.length) {
        return;
      }
      FramePrefix.seal(frames, at);
      at += FramePrefix.BYTES + rest;
    }
  }

  /** Checks what the client is told next; returns its length. */
  private static int frame(byte[] told, int at) throws WireException {
    ByteBuffer frame = ByteBuffer.wrap(told, at, told.length - at).slice();
    frame.order(ByteOrder.LITTLE_ENDIAN);
    FramePrefix.requireBounded(frame, 0);
    FramePrefix.requireIntact(frame, 0);
    FrameType type = FrameType.of(FramePrefix.type(frame, 0));
    int payloadAt = at + FramePrefix.BYTES + FramePrefix.headerBytes(frame, 0);
    if (type == FrameType.PAGES) {
      pages(Frames.header(frame, Pages.parser()), told, payloadAt, frame);
    } else if (type == FrameType.FAILURE) {
      Failure failure = Frames.header(frame, Failure.parser());
      if (failure.getCode() == FailureCode.IO || failure.getCode() == FailureCode.UNKNOWN) {
        throw new AssertionError("an error of its own: " + failure);
      }
    }
    return payloadAt - at + FramePrefix.payloadBytes(frame, 0);
  }

  private static void pages(Pages pages, byte[] told, int payloadAt, ByteBuffer frame)
      throws WireException {
    if (pages.getDecompressedBytes() != 0) {
      return; // ZstdTest reads them
    }
    PageRuns.visit(
        pages,
        FramePrefix.payloadBytes(frame, 0),
        (first, count, at) -> {
          for (int i = 0; i < count && at >= 0; i++) {
            int offset = i * PageRuns.PAGE_BYTES;
            long address = pages.getAddress() + (first + i) * (long) PageRuns.PAGE_BYTES;
            FuzzedServer.requirePage(pages.getTask(), address, told, payloadAt + at + offset);
          }
        });
  }
}
