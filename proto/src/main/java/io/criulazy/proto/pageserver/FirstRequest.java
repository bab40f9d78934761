package io.criulazy.proto.pageserver;

import java.nio.ByteBuffer;

/**
 * What the first request of a connection tells: which {@link HeaderLayout} the peer has.
 *
 * <p>It is one of OPEN, OPEN2 and PARENT with nr_pages 0, vaddr 0 and a dst_id that is not 0; or
 * GET of a few pages at a page's address of a pid; or, of old criu only, ADD or HOLE; or CLOSE,
 * which is all zeros. A peer with the narrow layout waits for an answer after 24 bytes, so those
 * have to do.
 */
public enum FirstRequest {
  /** {@link HeaderLayout#NARROW}. */
  NARROW,
  /** {@link HeaderLayout#WIDE}. */
  WIDE,
  /** CLOSE: either; the answer is the same, and what follows need not be read. */
  CLOSE,
  /** Go on reading: fewer than {@link #BYTES} are there, and they may be the start of a request. */
  MORE,
  /** No criu sends that. */
  NONE;

  /** So many bytes always tell. */
  public static final int BYTES = 24;

  private static final int COMMAND_BYTES = 4;
  private static final long LOWEST_VADDR = 0x1_0000;
  private static final long MAX_PID = 1 << 22;
  private static final long MAX_GET_PAGES = 1L << 32;

  /**
   * Looks at the bytes of a connection from its start.
   *
   * @param bytes the accessors are absolute: its position and limit do not matter
   * @param available so many of them are there
   */
  public static FirstRequest of(ByteBuffer bytes, int available) {
    if (available < COMMAND_BYTES) {
      return MORE;
    }
    int field = HeaderLayout.u32(bytes, 0);
    Command command = Command.of(field);
    if (command == null || (Command.flags(field) != 0 && command != Command.ADD_F)) {
      return NONE;
    }
    if (available < BYTES) {
      return MORE;
    }
    return switch (command) {
      case OPEN, OPEN2, PARENT -> opening(bytes);
      case GET -> get(bytes);
      case ADD, HOLE, ADD_F -> narrowAddition(bytes);
      case CLOSE, FORCE_CLOSE -> CLOSE;
    };
  }

  private static FirstRequest opening(ByteBuffer bytes) {
    if (HeaderLayout.u64(bytes, 8) != 0) {
      return NONE;
    }
    return HeaderLayout.u64(bytes, 16) != 0 ? NARROW : WIDE;
  }

  private static FirstRequest get(ByteBuffer bytes) {
    HeaderLayout narrow = HeaderLayout.NARROW;
    boolean isNarrow =
        narrow.pages(bytes, 0) > 0
            && isAddress(narrow.vaddr(bytes, 0))
            && isPid(narrow.destination(bytes, 0));
    if (isNarrow) {
      return NARROW;
    }
    long pages = HeaderLayout.WIDE.pages(bytes, 0);
    boolean isWide =
        pages > 0 && pages <= MAX_GET_PAGES && isAddress(HeaderLayout.WIDE.vaddr(bytes, 0));
    return isWide ? WIDE : NONE;
  }

  private static FirstRequest narrowAddition(ByteBuffer bytes) {
    HeaderLayout narrow = HeaderLayout.NARROW;
    boolean plausible =
        PageRange.isValid(narrow.vaddr(bytes, 0), narrow.pages(bytes, 0))
            && PagemapId.of(narrow.destination(bytes, 0)) != null;
    return plausible ? NARROW : NONE;
  }

  private static boolean isAddress(long vaddr) {
    return Long.compareUnsigned(vaddr, LOWEST_VADDR) >= 0 && PageRange.isValid(vaddr, 1);
  }

  private static boolean isPid(long id) {
    return id > 0 && id <= MAX_PID;
  }
}
