package io.criulazy.proto.pageserver;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The header of a request and of an answer to GET. There is no version exchange: which one it is
 * depends on the peer's version ({@link FirstRequest}). All numbers little endian, unsigned.
 *
 * <pre>
 * criu up to 4.1.x, 24 bytes     criu from 4.2 on, 32 bytes
 *  0  u32 cmd                     0  u32 cmd
 *  4  u32 nr_pages                4  u32 padding, any value
 *  8  u64 vaddr                   8  u64 nr_pages
 * 16  u64 dst_id                 16  u64 vaddr
 *                                24  u64 dst_id
 * </pre>
 *
 * The low 16 bits of cmd are a {@link Command}, the high 16 bits flags of a pagemap entry. The
 * accessors are absolute: they move no position and need {@link #bytes} bytes from {@code at} on.
 */
public enum HeaderLayout {
  /** criu up to 4.1.x. */
  NARROW(24) {
    @Override
    public long pages(ByteBuffer header, int at) {
      return Integer.toUnsignedLong(u32(header, at + 4));
    }

    @Override
    public long vaddr(ByteBuffer header, int at) {
      return u64(header, at + 8);
    }

    @Override
    public long destination(ByteBuffer header, int at) {
      return u64(header, at + 16);
    }

    @Override
    public void write(
        ByteBuffer header, int at, int command, long pages, long vaddr, long destination) {
      if (pages < 0 || pages > 0xffff_ffffL) {
        throw new IllegalArgumentException(pages + " pages do not fit into a 24-byte header");
      }
      header.order(ByteOrder.LITTLE_ENDIAN);
      header.putInt(at, command).putInt(at + 4, (int) pages);
      header.putLong(at + 8, vaddr).putLong(at + 16, destination);
    }
  },

  /** criu from 4.2 on. */
  WIDE(32) {
    @Override
    public long pages(ByteBuffer header, int at) {
      return u64(header, at + 8);
    }

    @Override
    public long vaddr(ByteBuffer header, int at) {
      return u64(header, at + 16);
    }

    @Override
    public long destination(ByteBuffer header, int at) {
      return u64(header, at + 24);
    }

    @Override
    public void write(
        ByteBuffer header, int at, int command, long pages, long vaddr, long destination) {
      header.order(ByteOrder.LITTLE_ENDIAN);
      header.putInt(at, command).putInt(at + 4, 0).putLong(at + 8, pages);
      header.putLong(at + 16, vaddr).putLong(at + 24, destination);
    }
  };

  /** Bytes of the longest header. */
  public static final int MAX_BYTES = 32;

  private final int bytes;

  HeaderLayout(int bytes) {
    this.bytes = bytes;
  }

  /** Length of the header. */
  public int bytes() {
    return bytes;
  }

  /** The whole cmd field: {@link Command#of} and {@link Command#flags} take it apart. */
  public int command(ByteBuffer header, int at) {
    return u32(header, at);
  }

  /** Number of pages; any 64 bits may come, so a negative one is a number above 2^63. */
  public abstract long pages(ByteBuffer header, int at);

  /** First address; any 64 bits may come. */
  public abstract long vaddr(ByteBuffer header, int at);

  /** A {@link PagemapId}, but in GET a plain pid; any 64 bits may come. */
  public abstract long destination(ByteBuffer header, int at);

  /**
   * Writes a header.
   *
   * @param header at least {@link #bytes} bytes from {@code at} on; its byte order becomes little
   *     endian, its position stays
   * @param pages at most 2^32-1 in {@link #NARROW}
   */
  public abstract void write(
      ByteBuffer header, int at, int command, long pages, long vaddr, long destination);

  static int u32(ByteBuffer bytes, int at) {
    int value = bytes.getInt(at);
    return bytes.order() == ByteOrder.LITTLE_ENDIAN ? value : Integer.reverseBytes(value);
  }

  static long u64(ByteBuffer bytes, int at) {
    long value = bytes.getLong(at);
    return bytes.order() == ByteOrder.LITTLE_ENDIAN ? value : Long.reverseBytes(value);
  }
}
