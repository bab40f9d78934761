package io.criulazy.client.rings;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.SysException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The ring of an AIO context, as its process sees it.
 *
 * <pre>
 * struct aio_ring { u32 id, nr, head, tail, magic, compat_features, incompat_features, header_length;
 *                   struct io_event events[nr]; };
 * struct io_event { u64 data, obj; s64 res, res2; };                      // both 32 bytes
 * </pre>
 *
 * @param address the context's id
 * @param content all bytes of the mapping
 */
public record AioRing(long address, byte[] content) {
  static final int HEADER_BYTES = 32;
  static final int EVENT_BYTES = 32;
  static final int NR = 4;
  static final int HEAD = 8;
  static final int TAIL = 12;
  private static final int MAGIC_OFFSET = 16;
  private static final int MAGIC = 0xa10a10a1;
  private static final int PAGE_BYTES = (int) PageSize.BYTES;

  /**
   * Checks that it can be one.
   *
   * @throws IOException saying what is wrong with it
   */
  public AioRing {
    if (content.length < PAGE_BYTES
        || content.length % PAGE_BYTES != 0
        || word(content, MAGIC_OFFSET) != MAGIC
        || word(content, NR) < 2
        || word(content, NR) > (content.length - HEADER_BYTES) / EVENT_BYTES
        || Integer.compareUnsigned(word(content, HEAD), word(content, NR)) >= 0
        || Integer.compareUnsigned(word(content, TAIL), word(content, NR)) >= 0) {
      throw new IllegalArgumentException(
          "what is at 0x%x is not the ring of an AIO context".formatted(address));
    }
  }

  /** Reads one out of a process. */
  static AioRing read(ForeignMemory memory, long address, long lengthBytes) throws SysException {
    return new AioRing(address, memory.read(address, Math.toIntExact(lengthBytes)));
  }

  /** Places for events. */
  int nr() {
    return word(content, NR);
  }

  /** Where the next event is taken out. */
  int head() {
    return word(content, HEAD);
  }

  /** Where the next event comes in. */
  int tail() {
    return word(content, TAIL);
  }

  private static int word(byte[] content, int offset) {
    return ByteBuffer.wrap(content).order(ByteOrder.nativeOrder()).getInt(offset);
  }
}
