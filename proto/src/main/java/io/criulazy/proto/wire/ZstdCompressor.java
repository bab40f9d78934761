package io.criulazy.proto.wire;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;

/**
 * Makes the payload of a frame one zstd frame (RFC 8878), if that is worth it. Holds some hundred
 * KiB outside of the heap until it is closed; used by one thread at a time.
 */
public final class ZstdCompressor implements AutoCloseable {
  /** The fastest of the regular levels: as fast as a network that compression helps. */
  private static final int LEVEL = 1;

  /** What does not become shorter by an eighth is not worth the receiver's time. */
  private static final int WORTH_SHIFT = 3;

  private final ZstdCompressCtx context = new ZstdCompressCtx().setLevel(LEVEL);

  /**
   * Compresses.
   *
   * @param source direct; all that remains of it, which stays so
   * @param target direct; written from index {@code at} on, with room for as much as there is
   * @return how long it has become; 0 if it would not be shorter by an eighth, and then whatever
   *     was written to the target means nothing
   */
  public int compress(ByteBuffer source, ByteBuffer target, int at) {
    int bytes = source.remaining();
    int limit = bytes - (bytes >> WORTH_SHIFT);
    try {
      return context.compressDirectByteBuffer(target, at, limit, source, source.position(), bytes);
    } catch (ZstdException e) {
      if (e.getErrorCode() == Zstd.errDstSizeTooSmall()) {
        return 0;
      }
      throw new IllegalStateException("cannot compress " + bytes + " bytes", e);
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
