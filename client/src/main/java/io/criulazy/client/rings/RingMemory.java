package io.criulazy.client.rings;

import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.SharedMapping;
import io.criulazy.client.sys.SysException;

/** A ring's memory, mapped here beside its owner's own mappings of it. One thread at a time. */
final class RingMemory implements AutoCloseable {
  private static final int PAGE_BYTES = (int) PageSize.BYTES;

  private final SharedMapping rings;
  private final SharedMapping sqes;

  private RingMemory(SharedMapping rings, SharedMapping sqes) {
    this.rings = rings;
    this.sqes = sqes;
  }

  /**
   * Maps it.
   *
   * @param fd a descriptor of the ring in this process
   */
  static RingMemory map(int fd, int ringPages, int sqePages) throws SysException {
    SharedMapping rings =
        SharedMapping.map(fd, Uring.OFFSET_RINGS, (long) ringPages * PAGE_BYTES, "an io_uring");
    try {
      return new RingMemory(
          rings,
          SharedMapping.map(fd, Uring.OFFSET_SQES, (long) sqePages * PAGE_BYTES, "an io_uring"));
    } catch (SysException e) {
      rings.close();
      throw e;
    }
  }

  /**
   * How many pages a part of a ring has.
   *
   * @param most so many are looked for
   */
  static int pages(int fd, long offset, int most) throws SysException {
    try (SharedMapping mapping =
        SharedMapping.map(fd, offset, (long) most * PAGE_BYTES, "an io_uring")) {
      return (int) (mapping.presentBytes() / PAGE_BYTES);
    }
  }

  SharedMapping rings() {
    return rings;
  }

  SharedMapping sqes() {
    return sqes;
  }

  int sqHead() {
    return rings.getInt(Uring.SQ_HEAD);
  }

  int sqTail() {
    return rings.getInt(Uring.SQ_TAIL);
  }

  int cqHead() {
    return rings.getInt(Uring.CQ_HEAD);
  }

  int cqTail() {
    return rings.getInt(Uring.CQ_TAIL);
  }

  int sqFlags() {
    return rings.getInt(Uring.SQ_FLAGS);
  }

  @Override
  public void close() {
    rings.close();
    sqes.close();
  }
}
