package io.criulazy.daemon.server;

import com.google.protobuf.MessageLite;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;

/**
 * What one connection of our own protocol sends, and how much of it is still here. Used on the
 * connection's event loop.
 */
final class WireOutput {
  /** Answers that are no pages are small; who has so much of them waiting does not take them. */
  private static final long CLOGGED_BYTES = 256 << 10;

  private final ChannelHandlerContext ctx;
  private final Workload load;
  private final Runnable onSent;
  private long pagesBytes;
  private long otherBytes;

  /**
   * @param onSent called whenever something has left
   */
  WireOutput(ChannelHandlerContext ctx, Workload load, Runnable onSent) {
    this.ctx = ctx;
    this.load = load;
    this.onSent = onSent;
  }

  /** Sends a frame without payload. */
  void send(FrameType type, MessageLite header) {
    ByteBuf frame = Unpooled.wrappedBuffer(Frames.of(type, header));
    int bytes = frame.readableBytes();
    otherBytes += bytes;
    ctx.writeAndFlush(frame)
        .addListener(
            sent -> {
              otherBytes -= bytes;
              onSent.run();
            });
  }

  /** Writes a part of an answer; it leaves with the next flush. */
  void write(ByteBuf pages) {
    int bytes = pages.capacity();
    pagesBytes += bytes;
    load.addUnsent(bytes);
    ctx.write(pages)
        .addListener(
            sent -> {
              pagesBytes -= bytes;
              load.addUnsent(-bytes);
              onSent.run();
            });
  }

  /** Whether another part of an answer may be made; flushes if not. */
  boolean hasRoom() {
    if (!isFree()) {
      ctx.flush();
    }
    return isFree();
  }

  private boolean isFree() {
    return ctx.channel().isWritable() && (pagesBytes == 0 || !load.isHigh());
  }

  /** Whether the client takes too little of what is not pages to be asked for more requests. */
  boolean isClogged() {
    return otherBytes > CLOGGED_BYTES;
  }
}
