package io.criulazy.daemon.server;

import io.criulazy.proto.pageserver.HeaderLayout;
import io.micrometer.core.instrument.Counter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.ByteBuffer;

/**
 * The bytes of a connection that are not yet used, and the request header that was taken from them
 * last. One thread at a time.
 */
final class CriuRequests {
  private final HeaderLayout layout;
  private final Counter count;
  private final ByteBuffer header;
  private ByteBuf unread;
  private boolean begun;

  CriuRequests(HeaderLayout layout, Counter count) {
    this.layout = layout;
    this.count = count;
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

  /** Whether there are bytes that were not used. */
  boolean hasUnread() {
    return unread != null && unread.isReadable();
  }

  /** The bytes that were not used, to take from; null if there are none. */
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
    begun = true;
    return true;
  }

  /** Whether there was a request. */
  boolean hasBegun() {
    return begun;
  }

  /** Gives the memory of used bytes back. */
  void trim() {
    if (!hasUnread()) {
      discard();
    }
  }

  /** Throws away what was not used. */
  void discard() {
    if (unread != null) {
      unread.release();
      unread = null;
    }
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
