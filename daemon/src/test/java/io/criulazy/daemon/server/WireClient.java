package io.criulazy.daemon.server;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.criulazy.proto.wire.Failure;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.FramePrefix;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Frames;
import io.criulazy.proto.wire.Hello;
import io.criulazy.proto.wire.Open;
import io.criulazy.proto.wire.Opened;
import io.criulazy.proto.wire.PageRuns;
import io.criulazy.proto.wire.Pages;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.Read;
import io.criulazy.proto.wire.Welcome;
import io.criulazy.proto.wire.ZstdDecompressor;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Speaks a client's side of our own protocol, over any socket, as plainly as it can be done. */
final class WireClient implements AutoCloseable {
  static final int PAGE = PageRuns.PAGE_BYTES;

  private static final int PATIENCE_MILLIS = 10_000;

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private ByteBuffer frame;

  WireClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    this.in = new DataInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  static WireClient connect(SocketAddress server) throws IOException {
    InetSocketAddress tcp = (InetSocketAddress) server;
    return new WireClient(new Socket(tcp.getAddress(), tcp.getPort()));
  }

  static byte[] hello(String... capabilities) {
    return frame(
        FrameType.HELLO,
        Hello.newBuilder()
            .setMinVersion(1)
            .setMaxVersion(1)
            .addAllCapabilities(List.of(capabilities))
            .build());
  }

  static byte[] openSet(String name) {
    return frame(FrameType.OPEN, Open.newBuilder().setRequest(1).setImageSet(name).build());
  }

  static byte[] read(long request, long task, long address, int pages, boolean urgent) {
    return frame(
        FrameType.READ,
        Read.newBuilder()
            .setRequest(request)
            .setTask(task)
            .setAddress(address)
            .setPages(pages)
            .setUrgent(urgent)
            .build());
  }

  static byte[] frame(FrameType type, MessageLite header) {
    return Frames.of(type, header).array();
  }

  WireClient send(byte... bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** Preambles, Hello and Open. */
  Opened greet(String imageSet, String... capabilities) throws IOException {
    send(Preamble.client()).send(hello(capabilities)).send(openSet(imageSet));
    expectPreamble();
    expect(FrameType.WELCOME, Welcome.parser());
    return expect(FrameType.OPENED, Opened.parser());
  }

  void expectPreamble() throws IOException {
    byte[] preamble = in.readNBytes(Preamble.SERVER_BYTES);
    if (!Arrays.equals(preamble, Preamble.server())) {
      throw new IOException("no preamble: " + Arrays.toString(preamble));
    }
  }

  /** Reads the next frame and returns its type. */
  FrameType next() throws IOException {
    byte[] prefix = in.readNBytes(FramePrefix.BYTES);
    if (prefix.length < FramePrefix.BYTES) {
      throw new java.io.EOFException("closed after " + prefix.length + " bytes of a frame");
    }
    ByteBuffer view = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN);
    FramePrefix.requireBounded(view, 0);
    int rest = FramePrefix.headerBytes(view, 0) + FramePrefix.payloadBytes(view, 0);
    frame = ByteBuffer.allocateDirect(FramePrefix.BYTES + rest).order(ByteOrder.LITTLE_ENDIAN);
    frame.put(prefix).put(in.readNBytes(rest)).flip();
    FramePrefix.requireIntact(frame, 0);
    return FrameType.of(FramePrefix.type(frame, 0));
  }

  <T> T expect(FrameType wanted, Parser<T> parser) throws IOException {
    FrameType type = next();
    if (type != wanted) {
      String why = type == FrameType.FAILURE ? ": " + header(Failure.parser()) : "";
      throw new IOException(type + " where " + wanted + " is due" + why);
    }
    return header(parser);
  }

  FailureCode expectFailure() throws IOException {
    return expect(FrameType.FAILURE, Failure.parser()).getCode();
  }

  /** The header of the frame that was read last. */
  <T> T header(Parser<T> parser) throws IOException {
    return Frames.header(frame, parser);
  }

  /** The payload of the Pages frame that was read last, decompressed. */
  byte[] payload(Pages pages) throws IOException {
    int at = FramePrefix.BYTES + FramePrefix.headerBytes(frame, 0);
    int bytes = FramePrefix.payloadBytes(frame, 0);
    if (pages.getDecompressedBytes() == 0) {
      byte[] plain = new byte[bytes];
      frame.get(at, plain);
      return plain;
    }
    ByteBuffer target = ByteBuffer.allocateDirect(FramePrefix.MAX_PAYLOAD_BYTES);
    try (ZstdDecompressor decompressor = new ZstdDecompressor()) {
      byte[] plain = new byte[decompressor.decompress(frame, at, bytes, pages, target)];
      target.get(0, plain);
      return plain;
    }
  }

  /** The answer to one Read of that many pages; what the image does not have is zeros. */
  byte[] pages(long address, int count) throws IOException {
    byte[] all = new byte[count * PAGE];
    Pages part;
    do {
      part = expect(FrameType.PAGES, Pages.parser());
      int base = (int) (part.getAddress() - address);
      byte[] payload = payload(part);
      PageRuns.visit(
          part,
          payload.length,
          (first, pages, at) -> {
            if (at >= 0) {
              System.arraycopy(payload, at, all, base + first * PAGE, pages * PAGE);
            }
          });
    } while (!part.getLast());
    return all;
  }

  /** Whether the server closes without another byte. */
  boolean isClosed() throws IOException {
    try {
      return in.read() < 0;
    } catch (java.net.SocketException reset) {
      return true;
    }
  }

  /** Waits until the server closes, whatever it says before. */
  void awaitEnd() throws IOException {
    try {
      in.transferTo(OutputStream.nullOutputStream());
    } catch (java.net.SocketException reset) {
      // that is an end as well
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
