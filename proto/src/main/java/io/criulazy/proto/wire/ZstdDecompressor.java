package io.criulazy.proto.wire;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;

/**
 * Takes the payload of a {@link Pages} frame apart again. Whatever the payload is, nothing is
 * written beyond the bytes that its header tells of, and no memory is taken for what it says of
 * itself. Holds some hundred KiB outside of the heap until it is closed; used by one thread at a
 * time.
 */
public final class ZstdDecompressor implements AutoCloseable {
  private final ZstdDecompressCtx context = new ZstdDecompressCtx();

  /**
   * Decompresses.
   *
   * @param frame direct; has the payload at {@code at}, so many {@code bytes}
   * @param pages the frame's header: {@code decompressed_bytes} is not 0
   * @param target direct; written from index 0 on; {@link FramePrefix#MAX_PAYLOAD_BYTES} are always
   *     enough
   * @return how many bytes were written: as many as the header tells of
   * @throws WireException if the header's length is above its bound, or the payload is not what it
   *     has to be
   */
  public int decompress(ByteBuffer frame, int at, int bytes, Pages pages, ByteBuffer target)
      throws WireException {
    long told = Integer.toUnsignedLong(pages.getDecompressedBytes());
    if (told > FramePrefix.MAX_PAYLOAD_BYTES || told % PageRuns.PAGE_BYTES != 0) {
      throw malformed(told, bytes, "at most " + FramePrefix.MAX_PAYLOAD_BYTES + ", whole pages");
    }
    int got;
    try {
      got = context.decompressDirectByteBuffer(target, 0, (int) told, frame, at, bytes);
    } catch (ZstdException e) {
      throw malformed(told, bytes, e.getMessage());
    }
    if (got != told) {
      throw malformed(told, bytes, "it has " + got);
    }
    return got;
  }

  private static WireException malformed(long told, int bytes, String why) {
    return new WireException(
        FailureCode.MALFORMED,
        "a payload of %d bytes that is not %d bytes compressed: %s".formatted(bytes, told, why));
  }

  @Override
  public void close() {
    context.close();
  }
}
