package io.criulazy.client.source;

import com.google.protobuf.MessageLite;
import io.criulazy.daemon.store.ImageIdentity;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.proto.wire.Capability;
import io.criulazy.proto.wire.FramePrefix;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Frames;
import io.criulazy.proto.wire.Opened;
import io.criulazy.proto.wire.PageRuns;
import io.criulazy.proto.wire.Pages;
import io.criulazy.proto.wire.Ping;
import io.criulazy.proto.wire.Pong;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.Read;
import io.criulazy.proto.wire.ShortCircuitOffer;
import io.criulazy.proto.wire.Welcome;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** In our protocol. */
final class RogueWireServer extends RogueServer<RogueWireServer.Manner> {
  private static final int PAYLOAD_LENGTH_AT = 8;

  private final long identity;
  private volatile ShortCircuitOffer offer;

  /** What it does with a Read. */
  enum Manner {
    HONEST,
    /** Says nothing; pings are answered. */
    SILENT,
    /** The answer ends before the last page that was asked for. */
    SHORT,
    /** The answer goes beyond the last page that was asked for. */
    LONG,
    /** The same answer comes again. */
    TWICE,
    /** The answer comes on the next connection. */
    LATE,
    /** A byte of a page is another one. */
    FLIPPED,
    /** The connection ends in the middle of a page. */
    TORN,
    /** The answer to a request that nobody has made. */
    UNKNOWN_REQUEST,
    /** Pages of another process. */
    OTHER_TASK,
    /** Pages of another place. */
    OTHER_PLACE,
    /** Fewer bytes than the header says. */
    HOLLOW,
    /** A frame of 2 GiB. */
    HUGE
  }

  RogueWireServer(ImageSet images) throws IOException {
    super(images, Manner.HONEST);
    identity = ImageIdentity.of(images);
  }

  RogueWireServer(ImageSet images, ServerSocket listener) throws IOException {
    super(images, Manner.HONEST, listener);
    identity = ImageIdentity.of(images);
  }

  /** Tells of a way round the network. */
  void offer(ShortCircuitOffer way) {
    offer = way;
  }

  @Override
  void converse(DataInputStream in, OutputStream out) throws IOException {
    in.readNBytes(Preamble.CLIENT_BYTES);
    out.write(Preamble.server());
    while (true) {
      ByteBuffer request = request(in);
      switch (FrameType.of(FramePrefix.type(request, 0))) {
        case HELLO -> {
          Welcome.Builder welcome = Welcome.newBuilder().setVersion(1).setMaxReadPages(4096);
          if (offer != null) {
            welcome.addCapabilities(Capability.SHORT_CIRCUIT).setShortCircuit(offer);
          }
          send(out, FrameType.WELCOME, welcome.setCreditBytes(64 << 20).build());
        }
        case OPEN -> send(out, FrameType.OPENED, Opened.newBuilder().setIdentity(identity).build());
        case PING -> {
          long token = Frames.header(request, Ping.parser()).getToken();
          send(out, FrameType.PONG, Pong.newBuilder().setToken(token).build());
        }
        case READ -> answer(out, Frames.header(request, Read.parser()), nextManner());
        default -> throw new IOException("nobody asks for that here");
      }
    }
  }

  private static ByteBuffer request(DataInputStream in) throws IOException {
    ByteBuffer prefix = ByteBuffer.allocate(FramePrefix.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    in.readFully(prefix.array());
    ByteBuffer frame =
        ByteBuffer.allocate(FramePrefix.BYTES + FramePrefix.headerBytes(prefix, 0))
            .order(ByteOrder.LITTLE_ENDIAN);
    frame.put(0, prefix, 0, FramePrefix.BYTES);
    in.readFully(frame.array(), FramePrefix.BYTES, FramePrefix.headerBytes(prefix, 0));
    return frame;
  }

  private static void send(OutputStream out, FrameType type, MessageLite header)
      throws IOException {
    out.write(Frames.of(type, header).array());
  }

  private void answer(OutputStream out, Read read, Manner manner) throws IOException {
    sendLate(out);
    Read asked = asked(read, manner);
    ByteBuffer frame = frame(asked, header(asked, read, manner));
    byte[] bytes = frame.array();
    switch (manner) {
      case SILENT -> {
        return;
      }
      case FLIPPED -> bytes[bytes.length - 1] ^= 0x10;
      case HUGE -> frame.putInt(PAYLOAD_LENGTH_AT, Integer.MIN_VALUE);
      case TWICE -> out.write(bytes);
      case LATE -> throw late(bytes);
      case TORN -> throw torn(out, bytes);
      default -> {
        // The header says something else than was asked for, or all is well.
      }
    }
    out.write(bytes);
  }

  /** What the answer is made for. */
  private static Read asked(Read read, Manner manner) {
    return switch (manner) {
      case SHORT -> read.toBuilder().setPages(read.getPages() / 2).build();
      case LONG -> read.toBuilder().setPages(read.getPages() + 1).build();
      default -> read;
    };
  }

  private Pages.Builder header(Read asked, Read read, Manner manner) throws IOException {
    Pages.Builder header =
        Pages.newBuilder()
            .setRequest(read.getRequest() + (manner == Manner.UNKNOWN_REQUEST ? 1_000_000 : 0))
            .setTask(read.getTask() + (manner == Manner.OTHER_TASK ? 1 : 0))
            .setAddress(read.getAddress() + (manner == Manner.OTHER_PLACE ? PAGE : 0))
            .setPages(asked.getPages())
            .setLast(true);
    int skipped = 0;
    ByteBuffer page = ByteBuffer.allocate(PAGE);
    for (int i = 0; i < asked.getPages(); i++) {
      if (read(asked.getTask(), asked.getAddress() + (long) i * PAGE, page.clear())) {
        header.addRuns(skipped).addRuns(1).addRuns(PageRuns.DATA);
        skipped = 0;
      } else {
        skipped++;
      }
    }
    if (manner == Manner.HOLLOW) {
      header.addRuns(0).addRuns(1).addRuns(PageRuns.DATA);
    }
    return header;
  }

  private ByteBuffer frame(Read asked, Pages.Builder header) throws IOException {
    Pages message = header.build();
    ByteBuffer payload = ByteBuffer.allocate(asked.getPages() * PAGE);
    for (int i = 0; i < asked.getPages(); i++) {
      ByteBuffer page = payload.slice(payload.position(), PAGE);
      if (read(asked.getTask(), asked.getAddress() + (long) i * PAGE, page)) {
        payload.position(payload.position() + PAGE);
      }
    }
    payload.flip();
    int headerBytes = message.getSerializedSize();
    ByteBuffer frame =
        ByteBuffer.allocate(FramePrefix.BYTES + headerBytes + payload.limit())
            .order(ByteOrder.LITTLE_ENDIAN);
    Frames.putHeader(frame, FrameType.PAGES, message, payload.limit());
    frame.put(FramePrefix.BYTES + headerBytes, payload, 0, payload.limit());
    FramePrefix.seal(frame, 0);
    return frame;
  }
}
