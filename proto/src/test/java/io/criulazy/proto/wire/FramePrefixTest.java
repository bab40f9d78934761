package io.criulazy.proto.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Frames: what is written is read, and nothing that was changed is. */
class FramePrefixTest {
  private static final Read READ =
      Read.newBuilder().setRequest(7).setTask(42).setAddress(0x7f0000000000L).setPages(16).build();

  @Test
  void aFrameIsReadAsItWasWritten() throws WireException {
    ByteBuffer frame = Frames.of(FrameType.READ, READ);
    FramePrefix.requireBounded(frame, 0);
    FramePrefix.requireIntact(frame, 0);
    assertThat(FrameType.of(FramePrefix.type(frame, 0))).isEqualTo(FrameType.READ);
    assertThat(Frames.header(frame, Read.parser())).isEqualTo(READ);
  }

  @Test
  void eachChangedBitIsNoticed() {
    ByteBuffer frame = Frames.of(FrameType.READ, READ);
    for (int bit = 0; bit < frame.limit() * 8; bit++) {
      byte[] copy = frame.array().clone();
      copy[bit / 8] ^= (byte) (1 << bit % 8);
      ByteBuffer changed = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
      assertThatThrownBy(
              () -> {
                FramePrefix.requireBounded(changed, 0);
                if (FramePrefix.BYTES
                        + FramePrefix.headerBytes(changed, 0)
                        + FramePrefix.payloadBytes(changed, 0)
                    > copy.length) {
                  throw new WireException(FailureCode.MALFORMED, "more is waited for");
                }
                FramePrefix.requireIntact(changed, 0);
              })
          .as("bit %d", bit)
          .isInstanceOf(WireException.class);
    }
  }

  @Test
  void lengthsAboveTheirBoundsAreRefusedBeforeAnythingIsRead() {
    ByteBuffer prefix = ByteBuffer.allocate(FramePrefix.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int at : new int[] {4, 8}) {
      for (int length : new int[] {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, (1 << 20) + 1}) {
        prefix.putLong(4, 0).putInt(at, length);
        assertThatThrownBy(() -> FramePrefix.requireBounded(prefix, 0))
            .isInstanceOf(WireException.class);
      }
    }
  }

  @Test
  void fieldsOfNewerVersionsAreSkipped() throws WireException {
    com.google.protobuf.UnknownFieldSet newer =
        com.google.protobuf.UnknownFieldSet.newBuilder()
            .addField(
                999, com.google.protobuf.UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    ByteBuffer frame = Frames.of(FrameType.READ, READ.toBuilder().setUnknownFields(newer).build());
    assertThat(Frames.header(frame, Read.parser()).getAddress()).isEqualTo(READ.getAddress());
    assertThat(FrameType.of(9_999)).isNull();
  }
}
