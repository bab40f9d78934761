package io.criulazy.daemon.server;

import io.criulazy.proto.index.SeekIndex;
import io.criulazy.proto.wire.FramePrefix;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Frames;
import io.criulazy.proto.wire.PageRuns;
import io.criulazy.proto.wire.Pages;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One part of the answer to a Read, in the making: the payload is read behind room for the header,
 * which is put directly before it when the runs are known.
 */
final class PagesFrame {
  /** The most payload in a part: what an urgent answer may have to wait for. */
  static final int MAX_PAYLOAD_BYTES = 256 << 10;

  private static final int MAX_RUNS = 128;

  /** Enough for the longest header: {@value #MAX_RUNS} runs of three numbers, and the rest. */
  private static final int HEADER_ROOM_BYTES = 16 + 4096;

  private final ServedImages images;
  private final PendingRead read;
  private final PayloadCompression compression;
  private final ByteBuf buffer;
  private final ByteBuffer payload;
  private final Pages.Builder header = Pages.newBuilder();
  private long runEnd;
  private int runPages;
  private int runKind;
  private int runSkipped;

  private PagesFrame(
      ServedImages images,
      PendingRead read,
      PayloadCompression compression,
      ByteBuf buffer,
      int payloadBytes) {
    this.images = images;
    this.read = read;
    this.compression = compression;
    this.buffer = buffer;
    this.payload = buffer.nioBuffer(HEADER_ROOM_BYTES, payloadBytes);
    this.runEnd = read.nextAddress();
  }

  /**
   * Makes the next part of an answer, and moves the read on.
   *
   * @param maxPayloadBytes of this part: whole pages, at most {@link #MAX_PAYLOAD_BYTES}
   * @param compression of the connection; null if its client has not asked for it
   * @return a frame that the caller sends
   */
  static ByteBuf next(
      ServedImages images,
      PendingRead read,
      int maxPayloadBytes,
      PayloadCompression compression,
      ByteBufAllocator allocator)
      throws IOException {
    int payloadBytes = (int) Math.min(maxPayloadBytes, read.endAddress() - read.nextAddress());
    ByteBuf buffer = allocator.directBuffer(HEADER_ROOM_BYTES + payloadBytes);
    try {
      buffer.writerIndex(HEADER_ROOM_BYTES + payloadBytes);
      return new PagesFrame(images, read, compression, buffer, payloadBytes).fill();
    } catch (IOException | RuntimeException e) {
      buffer.release();
      throw e;
    }
  }

  private ByteBuf fill() throws IOException {
    long from = read.nextAddress();
    long end = Math.min(read.endAddress(), from + (long) PageRuns.MAX_PAGES * PageRuns.PAGE_BYTES);
    long at = from;
    SeekIndex index = read.index();
    for (int entry = index.ceiling(from);
        entry < index.entryCount() && index.start(entry) < end && at < end && hasRoom();
        entry++) {
      long start = Math.max(at, index.start(entry));
      long stop = Math.min(end, index.end(entry));
      at = index.present(entry) ? take(entry, start, stop) : stop;
      if (at < stop) {
        break;
      }
    }
    if (hasRoom() && at < end && isBehindAll(at, end)) {
      at = end;
    }
    endRun();
    read.advance(at);
    header.setRequest(read.request()).setTask(read.task()).setAddress(from);
    header.setPages((int) ((at - from) / PageRuns.PAGE_BYTES)).setLast(read.isAnswered());
    return seal();
  }

  /** Whether the image has nothing between two addresses. */
  private boolean isBehindAll(long from, long end) {
    int entry = read.index().ceiling(from);
    return entry == read.index().entryCount() || read.index().start(entry) >= end;
  }

  private boolean hasRoom() {
    return payload.hasRemaining() && header.getRunsCount() < (MAX_RUNS - 1) * 3;
  }

  /** Takes pages of one entry; returns the address behind the last one that had room. */
  private long take(int entry, long start, long stop) throws IOException {
    long bytes = Math.min(stop - start, payload.remaining());
    int at = payload.position();
    long offset = read.index().fileOffset(entry) + (start - read.index().start(entry));
    images.pagesFile(read.index(), entry).read(offset, payload.duplicate().limit(at + (int) bytes));
    long address = start;
    for (int page = at; page < at + bytes && hasRoom(); page += PageRuns.PAGE_BYTES) {
      boolean zero = isZero(page);
      if (!zero) {
        keep(page);
      }
      add(address, zero ? PageRuns.ZERO : PageRuns.DATA);
      address += PageRuns.PAGE_BYTES;
    }
    return address;
  }

  private boolean isZero(int at) {
    for (int i = at; i < at + PageRuns.PAGE_BYTES; i += Long.BYTES) {
      if (payload.getLong(i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Moves a page up to where the payload ends, if zero pages have left a gap. */
  private void keep(int at) {
    if (at != payload.position()) {
      payload.put(payload.position(), payload, at, PageRuns.PAGE_BYTES);
    }
    payload.position(payload.position() + PageRuns.PAGE_BYTES);
  }

  private void add(long address, int kind) {
    if (runPages > 0 && (kind != runKind || address != runEnd)) {
      endRun();
    }
    if (runPages == 0) {
      runSkipped = (int) ((address - runEnd) / PageRuns.PAGE_BYTES);
      runKind = kind;
    }
    runPages++;
    runEnd = address + PageRuns.PAGE_BYTES;
  }

  private void endRun() {
    if (runPages > 0) {
      header.addRuns(runSkipped).addRuns(runPages).addRuns(runKind);
      runPages = 0;
    }
  }

  private ByteBuf seal() {
    ByteBuffer pages = payload.duplicate().flip();
    if (compression != null && pages.hasRemaining()) {
      ByteBuf packed = buffer.alloc().directBuffer(HEADER_ROOM_BYTES + pages.limit());
      packed.writerIndex(packed.capacity());
      int bytes = compression.compress(pages, packed.nioBuffer(), HEADER_ROOM_BYTES);
      if (bytes > 0) {
        header.setDecompressedBytes(pages.limit());
        buffer.release();
        return seal(packed, bytes);
      }
      packed.release();
    }
    return seal(buffer, pages.limit());
  }

  private ByteBuf seal(ByteBuf bytes, int payloadBytes) {
    Pages message = header.build();
    int start = HEADER_ROOM_BYTES - FramePrefix.BYTES - message.getSerializedSize();
    int end = HEADER_ROOM_BYTES + payloadBytes;
    ByteBuffer frame = bytes.nioBuffer(start, end - start).slice().order(ByteOrder.LITTLE_ENDIAN);
    Frames.putHeader(frame, FrameType.PAGES, message, payloadBytes);
    FramePrefix.seal(frame, 0);
    return bytes.setIndex(start, end);
  }
}
