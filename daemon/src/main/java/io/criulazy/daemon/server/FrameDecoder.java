package io.criulazy.daemon.server;

import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.FramePrefix;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.WireException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Takes a client's preamble and then its frames off a connection: each goes on as a {@link
 * ByteBuffer} that is good until the handler returns. Clients send no payload and short headers, so
 * nothing here grows beyond what the network gives at once.
 */
final class FrameDecoder extends ByteToMessageDecoder {
  private final Deadline deadline;
  private boolean greeted;
  private boolean paused;
  private ChannelHandlerContext self;

  FrameDecoder(Deadline deadline) {
    this.deadline = deadline;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws WireException {
    if (!greeted) {
      in.skipBytes(Preamble.CLIENT_BYTES); // the protocol was recognised by it
      greeted = true;
    }
    while (!paused && in.readableBytes() >= FramePrefix.BYTES) {
      ByteBuffer prefix = in.nioBuffer(in.readerIndex(), FramePrefix.BYTES);
      prefix.order(ByteOrder.LITTLE_ENDIAN);
      FramePrefix.requireBounded(prefix, 0);
      if (FramePrefix.payloadBytes(prefix, 0) != 0
          || FramePrefix.headerBytes(prefix, 0) > FramePrefix.MAX_REQUEST_BYTES) {
        throw new WireException(
            FailureCode.MALFORMED,
            "a request with a payload, or with a header of more than %d bytes"
                .formatted(FramePrefix.MAX_REQUEST_BYTES));
      }
      int bytes = FramePrefix.BYTES + FramePrefix.headerBytes(prefix, 0);
      if (in.readableBytes() < bytes) {
        break;
      }
      ByteBuffer frame = in.nioBuffer(in.readerIndex(), bytes).slice();
      FramePrefix.requireIntact(frame.order(ByteOrder.LITTLE_ENDIAN), 0);
      in.skipBytes(bytes);
      deadline.met();
      ctx.fireChannelRead(frame);
    }
    if (in.isReadable() && !paused) {
      deadline.set(ctx, "a frame that it began is not complete");
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    self = ctx;
  }

  /** Stops to take frames off the connection, or goes on. */
  void setPaused(boolean pause) {
    if (pause == paused) {
      return;
    }
    paused = pause;
    self.channel().config().setAutoRead(!pause);
    if (pause) {
      deadline.met();
    } else {
      self.executor().execute(this::decodeWhatIsHere); // later: decode may be what has called this
    }
  }

  private void decodeWhatIsHere() {
    if (self.isRemoved()) {
      return;
    }
    try {
      channelRead(self, Unpooled.EMPTY_BUFFER);
      self.fireChannelReadComplete();
    } catch (Exception e) {
      self.fireExceptionCaught(e);
    }
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    deadline.met();
  }
}
