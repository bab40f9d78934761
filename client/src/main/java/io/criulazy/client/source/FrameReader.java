package io.criulazy.client.source;

import com.google.protobuf.Parser;
import io.criulazy.proto.wire.Failure;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.FramePrefix;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Frames;
import io.criulazy.proto.wire.Pages;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.WireException;
import io.criulazy.proto.wire.ZstdDecompressor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads a server's frames one by one into one piece of memory. Used by one thread. */
final class FrameReader implements AutoCloseable {
  private final ByteBuffer frame =
      ByteBuffer.allocateDirect(
              FramePrefix.BYTES + FramePrefix.MAX_HEADER_BYTES + FramePrefix.MAX_PAYLOAD_BYTES)
          .order(ByteOrder.LITTLE_ENDIAN);

  /** Where compressed payloads are taken apart; null until the first one comes. */
  private ByteBuffer unpacked;

  private ZstdDecompressor decompressor;
  private int payloadBytes;
  private boolean packed;

  /** Whether the frame was taken, so that what is read next begins another. */
  private boolean taken = true;

  /** Reads a server's preamble, of which {@code known} bytes were read already. */
  static void preamble(ServerStream stream, byte[] known) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Preamble.SERVER_BYTES).put(known);
    stream.read(bytes);
    if (!Preamble.isServers(bytes.flip())) {
      throw new WireException(FailureCode.MALFORMED, "what answers there is no page server");
    }
  }

  /**
   * Reads the next frame.
   *
   * @return its type; null if it is one that this version does not know
   * @throws IOException if it is damaged or the connection ends
   */
  FrameType next(ServerStream stream) throws IOException {
    begin();
    do {
      stream.read(frame);
    } while (!isWhole());
    return taken();
  }

  /**
   * Reads as much of the next frame as has come, without waiting; {@link #taken} is to be called
   * when it is whole.
   *
   * @return whether it is
   */
  boolean hasNext(ServerStream stream) throws IOException {
    begin();
    do {
      if (!stream.readNow(frame)) {
        return false;
      }
    } while (!isWhole());
    return true;
  }

  /** Whether what has been read up to the limit is a frame; if not, the limit is moved. */
  private boolean isWhole() throws WireException {
    if (frame.limit() > FramePrefix.BYTES) {
      return true;
    }
    FramePrefix.requireBounded(frame, 0);
    int rest = FramePrefix.headerBytes(frame, 0) + FramePrefix.payloadBytes(frame, 0);
    frame.limit(FramePrefix.BYTES + rest);
    return rest == 0;
  }

  /**
   * Verifies the frame that has just been read.
   *
   * @return as {@link #next}
   */
  FrameType taken() throws WireException {
    FramePrefix.requireIntact(frame.clear(), 0);
    payloadBytes = FramePrefix.payloadBytes(frame, 0);
    packed = false;
    taken = true;
    return FrameType.of(FramePrefix.type(frame, 0));
  }

  private void begin() {
    if (taken) {
      frame.clear().limit(FramePrefix.BYTES);
      taken = false;
    }
  }

  /** A frame that was begun will not be finished: its connection has broken. */
  void forget() {
    taken = true;
  }

  /** The header of the frame that was read last. */
  <T> T header(Parser<T> parser) throws WireException {
    return Frames.header(frame, parser);
  }

  /**
   * The header of the Pages frame that was read last, its payload taken apart if it is compressed.
   *
   * @throws WireException if header or payload make no sense
   */
  Pages pages() throws WireException {
    Pages pages = header(Pages.parser());
    if (pages.getDecompressedBytes() != 0) {
      if (decompressor == null) {
        decompressor = new ZstdDecompressor();
        unpacked = ByteBuffer.allocateDirect(FramePrefix.MAX_PAYLOAD_BYTES);
      }
      payloadBytes = decompressor.decompress(frame, behindHeader(), payloadBytes, pages, unpacked);
      packed = true;
    }
    return pages;
  }

  /** Has the payload of the frame that was read last, from {@link #payloadAt} on. */
  ByteBuffer payload() {
    return packed ? unpacked : frame;
  }

  int payloadAt() {
    return packed ? 0 : behindHeader();
  }

  private int behindHeader() {
    return FramePrefix.BYTES + FramePrefix.headerBytes(frame, 0);
  }

  /** Length of the payload, decompressed. */
  int payloadBytes() {
    return payloadBytes;
  }

  /**
   * Reads the next frame, which has to be of that type.
   *
   * @throws WireException if it is another; with the server's reason if it is a Failure
   */
  <T> T expect(ServerStream stream, FrameType wanted, Parser<T> parser) throws IOException {
    FrameType type;
    do {
      type = next(stream);
    } while (type == null);
    if (type == FrameType.FAILURE) {
      throw failure(header(Failure.parser()));
    }
    if (type != wanted) {
      throw new WireException(FailureCode.OUT_OF_ORDER, type + " where " + wanted + " is due");
    }
    return header(parser);
  }

  static WireException failure(Failure failure) {
    return new WireException(
        failure.getCode(), "the server says: " + failure.getCode() + ", " + failure.getMessage());
  }

  /** Nothing more will be read. */
  @Override
  public void close() {
    if (decompressor != null) {
      decompressor.close();
    }
  }
}
