package io.criulazy.daemon.server;

import io.criulazy.proto.wire.ZstdCompressor;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.ByteBuffer;

/**
 * Compresses the payloads of one connection as long as that helps: after one that has not become
 * shorter the next few go as they are. Used on the connection's event loop; each event loop has one
 * compressor, however many connections it has.
 */
final class PayloadCompression {
  private static final int PAUSE_FRAMES = 8;

  private static final FastThreadLocal<ZstdCompressor> COMPRESSOR =
      new FastThreadLocal<>() {
        @Override
        protected ZstdCompressor initialValue() {
          return new ZstdCompressor();
        }

        @Override
        protected void onRemoval(ZstdCompressor compressor) {
          compressor.close();
        }
      };

  private int pause;

  /** As {@link ZstdCompressor#compress}; does not even try if the ones before were in vain. */
  int compress(ByteBuffer payload, ByteBuffer target, int at) {
    if (!payload.hasRemaining() || pause-- > 0) {
      return 0;
    }
    int bytes = COMPRESSOR.get().compress(payload, target, at);
    pause = bytes == 0 ? PAUSE_FRAMES : 0;
    return bytes;
  }
}
