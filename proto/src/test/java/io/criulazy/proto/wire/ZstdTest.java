package io.criulazy.proto.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ZstdTest {
  private static final int BYTES = 64 << 10;

  private final ZstdCompressor compressor = new ZstdCompressor();
  private final ZstdDecompressor decompressor = new ZstdDecompressor();
  private final ByteBuffer packed = ByteBuffer.allocateDirect(BYTES);
  private final ByteBuffer unpacked = ByteBuffer.allocateDirect(FramePrefix.MAX_PAYLOAD_BYTES);

  @AfterEach
  void close() {
    compressor.close();
    decompressor.close();
  }

  @Test
  void whatWasCompressedComesBack() throws WireException {
    ByteBuffer source = compressible();
    int length = compressor.compress(source, packed, 100);
    assertThat(length).isPositive().isLessThan(BYTES / 2);
    assertThat(source.remaining()).isEqualTo(BYTES);
    int got = decompressor.decompress(packed, 100, length, header(BYTES), unpacked);
    assertThat(got).isEqualTo(BYTES);
    assertThat(unpacked.slice(0, got)).isEqualTo(source);
  }

  @Test
  void whatDoesNotBecomeShorterIsLeftAlone() {
    byte[] noise = new byte[BYTES];
    new Random(7).nextBytes(noise);
    ByteBuffer source = ByteBuffer.allocateDirect(BYTES).put(noise).flip();
    assertThat(compressor.compress(source, packed, 0)).isZero();
  }

  @Test
  void everyCutAndEveryOtherLengthIsRefused() {
    int length = compressor.compress(compressible(), packed, 0);
    for (int cut = 0; cut < length; cut++) {
      assertRefused(cut, BYTES);
    }
    assertRefused(length, BYTES - PageRuns.PAGE_BYTES);
    assertRefused(length, BYTES + PageRuns.PAGE_BYTES);
    assertRefused(length, BYTES + 1);
    assertRefused(length, FramePrefix.MAX_PAYLOAD_BYTES + PageRuns.PAGE_BYTES);
    assertRefused(length, -PageRuns.PAGE_BYTES);
  }

  /** Nothing is written behind what the header tells of, however much the payload makes of it. */
  @Test
  void aPayloadThatIsMoreThanItsHeaderTellsWritesNoMore() {
    int length = compressor.compress(compressible(), packed, 0);
    unpacked.put(PageRuns.PAGE_BYTES, (byte) 0x5a);
    assertRefused(length, PageRuns.PAGE_BYTES);
    assertThat(unpacked.get(PageRuns.PAGE_BYTES)).isEqualTo((byte) 0x5a);
  }

  private void assertRefused(int length, int told) {
    assertThatThrownBy(() -> decompressor.decompress(packed, 0, length, header(told), unpacked))
        .as("%d bytes for %d", length, told)
        .isInstanceOf(WireException.class);
  }

  private static Pages header(int told) {
    return Pages.newBuilder().setDecompressedBytes(told).build();
  }

  private static ByteBuffer compressible() {
    ByteBuffer source = ByteBuffer.allocateDirect(BYTES);
    for (int at = 0; at < BYTES; at += Long.BYTES) {
      source.putLong(at, at / 64 * 0x9e37L);
    }
    return source;
  }
}
