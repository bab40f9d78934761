package io.criulazy.proto.pageserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.proto.index.PagemapKind;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HeaderLayoutTest {
  /** Sent by criu 4.1.1: GET of 16 pages at 0x7f58f5200000 of task 6594. */
  private static final String NARROW_GET = "0700000010000000000020f5587f0000c219000000000000";

  /** The same as criu 4.2 sends it. */
  private static final String WIDE_GET =
      "07000000000000001000000000000000000020f5587f0000c219000000000000";

  @Test
  void readsWhatCriuSends() {
    ByteBuffer wide = ByteBuffer.wrap(HexFormat.of().parseHex(WIDE_GET));
    assertThat(Command.of(HeaderLayout.WIDE.command(wide, 0))).isEqualTo(Command.GET);
    assertThat(HeaderLayout.WIDE.pages(wide, 0)).isEqualTo(16);
    assertThat(HeaderLayout.WIDE.vaddr(wide, 0)).isEqualTo(0x7f58_f520_0000L);
    assertThat(HeaderLayout.WIDE.destination(wide, 0)).isEqualTo(6594);
    ByteBuffer narrow = ByteBuffer.wrap(HexFormat.of().parseHex(NARROW_GET));
    assertThat(HeaderLayout.NARROW.pages(narrow, 0)).isEqualTo(16);
    assertThat(HeaderLayout.NARROW.vaddr(narrow, 0)).isEqualTo(0x7f58_f520_0000L);
    assertThat(HeaderLayout.NARROW.destination(narrow, 0)).isEqualTo(6594);
  }

  @ParameterizedTest
  @EnumSource(HeaderLayout.class)
  void readsWhatItWrites(HeaderLayout layout) {
    ByteBuffer bytes = ByteBuffer.allocate(layout.bytes() + 3);
    layout.write(bytes, 3, Command.GET_ANSWER, 0xffff_ffffL, -4096, Long.MIN_VALUE);
    assertThat(layout.command(bytes, 3)).isEqualTo(Command.GET_ANSWER).isEqualTo(4 << 16 | 6);
    assertThat(layout.pages(bytes, 3)).isEqualTo(0xffff_ffffL);
    assertThat(layout.vaddr(bytes, 3)).isEqualTo(-4096);
    assertThat(layout.destination(bytes, 3)).isEqualTo(Long.MIN_VALUE);
  }

  @Test
  void refusesPagesThatDoNotFit() {
    ByteBuffer bytes = ByteBuffer.allocate(32);
    assertThatThrownBy(() -> HeaderLayout.NARROW.write(bytes, 0, 7, 1L << 32, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void commandsAndFlagsShareAField() {
    for (Command command : Command.values()) {
      assertThat(Command.of(command.with(0xffff))).isEqualTo(command);
      assertThat(Command.flags(command.with(0xffff))).isEqualTo(0xffff);
    }
    assertThat(Command.of(0)).isNull();
    assertThat(Command.of(8)).isNull();
  }

  @Test
  void imagesHaveTheirOldNumbersToo() {
    assertThat(PagemapId.of(5 << 8 | 1)).isEqualTo(new PagemapId(PagemapKind.TASK, 5));
    assertThat(PagemapId.of(5 << 8 | 11)).isEqualTo(new PagemapId(PagemapKind.TASK, 5));
    assertThat(PagemapId.of(-1L << 8 | 34))
        .isEqualTo(new PagemapId(PagemapKind.SHARED_MEMORY, (1L << 56) - 1));
    assertThat(PagemapId.of(5 << 8 | 3)).isNull();
    for (long id : new long[] {0, 5, (1L << 56) - 1}) {
      for (PagemapKind kind : PagemapKind.values()) {
        PagemapId image = new PagemapId(kind, id);
        assertThat(PagemapId.of(image.destination())).isEqualTo(image);
      }
    }
    assertThatThrownBy(() -> new PagemapId(PagemapKind.TASK, 1L << 56))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void rangesEndWhereAddressesEnd() {
    long limit = 1L << 56;
    assertThat(PageRange.isValid(0, limit / 4096)).isTrue();
    assertThat(PageRange.isValid(0, limit / 4096 + 1)).isFalse();
    assertThat(PageRange.isValid(limit - 4096, 1)).isTrue();
    assertThat(PageRange.isValid(limit - 4096, 2)).isFalse();
    assertThat(PageRange.isValid(limit, 1)).isFalse();
    assertThat(PageRange.isValid(4095, 1)).isFalse();
    assertThat(PageRange.isValid(-4096, 1)).isFalse();
    assertThat(PageRange.isValid(4096, 0)).isFalse();
    assertThat(PageRange.isValid(4096, -1)).isFalse();
    assertThat(PageRange.isValid(4096, Long.MIN_VALUE)).isFalse();
  }
}
