package io.criulazy.daemon.server;

import io.criulazy.proto.pageserver.HeaderLayout;
import io.micrometer.core.instrument.Counter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.ByteBuffer;

/**
 * The bytes of a connection that are not yet used, and the request header that was taken from them
 * last. Belongs to one handler and its executor.
 */
final class CriuRequests {
  private final HeaderLayout layout;
  private final Counter count;
  private final Deadline deadline;
  private final ByteBuffer header;
  private ByteBuf unread;

  CriuRequests(HeaderLayout layout, Counter count, Deadline deadline) {
    this.layout = layout;
    this.count = count;
    this.deadline = deadline;
    this.header = ByteBuffer.allocate(layout.bytes());
  }

  HeaderLayout layout() {
    return layout;
  }

  /** Takes bytes that have come; their owner from now on. */
  void add(ByteBufAllocator allocator, ByteBuf bytes) {
    unread =
        unread == null
            ? bytes
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(allocator, unread, bytes);
  }

  /** What has come and was not used, or null. */
  ByteBuf unread() {
    return unread;
  }

  /** Takes the next header off, if all of it is there. */
  boolean next() {
    if (unread == null || unread.readableBytes() < layout.bytes()) {
      return false;
    }
    unread.readBytes(header.clear());
    count.increment();
    deadline.met();
    return true;
  }

  /** Gives memory back, and lets the time run if a part of something has come. */
  void pause(ChannelHandlerContext ctx, boolean incomplete) {
    if (unread != null && !unread.isReadable()) {
      discard();
    }
    if (incomplete) {
      deadline.set(ctx, "what it began to send is not complete");
    } else {
      deadline.met();
    }
  }

  /** A part of what was waited for has come: the time begins anew. */
  void progress() {
    deadline.met();
  }

  /** Throws away what has come. */
  void discard() {
    if (unread != null) {
      unread.release();
      unread = null;
    }
  }

  /** Nothing more will come. */
  void close() {
    deadline.met();
    discard();
  }

  int command() {
    return layout.command(header, 0);
  }

  long pages() {
    return layout.pages(header, 0);
  }

  long vaddr() {
    return layout.vaddr(header, 0);
  }

  long destination() {
    return layout.destination(header, 0);
  }
}
