package io.criulazy.daemon.server;

import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.FramePrefix;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.WireException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Takes a client's preamble and then its frames off a connection: each goes on as a {@link
 * ByteBuffer} that is good until the handler returns. Clients send no payload, so nothing here
 * grows beyond one header.
 */
final class FrameDecoder extends ByteToMessageDecoder {
  private final Deadline deadline;
  private boolean greeted;

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
    while (in.readableBytes() >= FramePrefix.BYTES) {
      ByteBuffer prefix = in.nioBuffer(in.readerIndex(), FramePrefix.BYTES);
      prefix.order(ByteOrder.LITTLE_ENDIAN);
      FramePrefix.requireBounded(prefix, 0);
      if (FramePrefix.payloadBytes(prefix, 0) != 0) {
        throw new WireException(FailureCode.MALFORMED, "a request with a payload");
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
    if (in.isReadable()) {
      deadline.set(ctx, "a frame that it began is not complete");
    }
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    deadline.met();
  }
}
