package io.criulazy.proto.pageserver;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.proto.index.PagemapKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FirstRequestTest {
  private static final long TASK = new PagemapId(PagemapKind.TASK, 4711).destination();
  private static final long ADDRESS = 0x7f12_3456_7000L;

  @ParameterizedTest
  @EnumSource(HeaderLayout.class)
  void aDumpTellsItsLayout(HeaderLayout layout) {
    for (Command command : new Command[] {Command.OPEN, Command.OPEN2, Command.PARENT}) {
      assertThat(of(layout, command.code(), 0, 0, TASK)).isEqualTo(expected(layout));
      assertThat(of(layout, command.code(), 0, 0, 1L << 40 | 2)).isEqualTo(expected(layout));
    }
  }

  @ParameterizedTest
  @EnumSource(HeaderLayout.class)
  void aRestoreTellsItsLayout(HeaderLayout layout) {
    for (long pid : new long[] {1, 4096, 65_536, 1 << 22}) {
      for (long pages : new long[] {1, 16, 1024, 65_536, 0xffff_ffffL}) {
        for (long address : new long[] {0x1_0000, ADDRESS, 0xff_ffff_ffff_f000L}) {
          assertThat(of(layout, Command.GET.code(), pages, address, pid))
              .as("%s pid %d pages %d at 0x%x", layout, pid, pages, address)
              .isEqualTo(expected(layout));
        }
      }
    }
  }

  @Test
  void thePaddingOfTheWideLayoutMayHoldAnything() {
    ByteBuffer request = request(HeaderLayout.WIDE, Command.GET.code(), 16, ADDRESS, 77);
    request.putInt(4, 0xdead_beef);
    assertThat(FirstRequest.of(request, FirstRequest.BYTES)).isEqualTo(FirstRequest.WIDE);
    ByteBuffer open = request(HeaderLayout.WIDE, Command.OPEN2.code(), 0, 0, TASK);
    open.putInt(4, 0xdead_beef);
    assertThat(FirstRequest.of(open, FirstRequest.BYTES)).isEqualTo(FirstRequest.WIDE);
  }

  @Test
  void additionsWithoutOpeningAreOfOldCriu() {
    int field = Command.ADD_F.with(Command.PRESENT);
    assertThat(of(HeaderLayout.NARROW, field, 3, ADDRESS, TASK)).isEqualTo(FirstRequest.NARROW);
    assertThat(of(HeaderLayout.NARROW, Command.HOLE.code(), 3, ADDRESS, TASK))
        .isEqualTo(FirstRequest.NARROW);
    assertThat(of(HeaderLayout.NARROW, Command.ADD.code(), 3, ADDRESS + 1, TASK))
        .isEqualTo(FirstRequest.NONE);
  }

  @Test
  void closingTellsNothingAndNeedsNothing() {
    assertThat(of(HeaderLayout.NARROW, Command.CLOSE.code(), 0, 0, 0))
        .isEqualTo(FirstRequest.CLOSE);
    assertThat(of(HeaderLayout.WIDE, Command.FORCE_CLOSE.code(), 0, 0, 0))
        .isEqualTo(FirstRequest.CLOSE);
  }

  @Test
  void waitsForAllOfTheFirstRequestButNotForAnotherProtocols() {
    ByteBuffer request = request(HeaderLayout.NARROW, Command.GET.code(), 1, ADDRESS, 77);
    for (int available = 0; available < FirstRequest.BYTES; available++) {
      assertThat(FirstRequest.of(request, available)).isEqualTo(FirstRequest.MORE);
    }
    assertThat(FirstRequest.of(ByteBuffer.wrap("GET / HTTP/1.1\r\n".getBytes(US_ASCII)), 16))
        .isEqualTo(FirstRequest.NONE);
  }

  @Test
  void whatNoCriuSendsIsNone() {
    assertThat(of(HeaderLayout.NARROW, Command.GET.code(), 1, ADDRESS + 8, 77))
        .isEqualTo(FirstRequest.NONE);
    assertThat(of(HeaderLayout.NARROW, Command.GET.code(), 0, ADDRESS, 77))
        .isEqualTo(FirstRequest.NONE);
    assertThat(of(HeaderLayout.NARROW, Command.OPEN2.code(), 0, ADDRESS, TASK))
        .isEqualTo(FirstRequest.NONE);
    assertThat(of(HeaderLayout.NARROW, Command.GET.with(1), 1, ADDRESS, 77))
        .isEqualTo(FirstRequest.NONE);
    assertThat(of(HeaderLayout.NARROW, 0x1022, 0, 0, 0)).isEqualTo(FirstRequest.NONE);
  }

  private static FirstRequest expected(HeaderLayout layout) {
    return layout == HeaderLayout.NARROW ? FirstRequest.NARROW : FirstRequest.WIDE;
  }

  private static FirstRequest of(
      HeaderLayout layout, int field, long pages, long vaddr, long destination) {
    return FirstRequest.of(request(layout, field, pages, vaddr, destination), FirstRequest.BYTES);
  }

  private static ByteBuffer request(
      HeaderLayout layout, int field, long pages, long vaddr, long destination) {
    ByteBuffer header = ByteBuffer.allocate(HeaderLayout.MAX_BYTES).order(ByteOrder.BIG_ENDIAN);
    layout.write(header, 0, field, pages, vaddr, destination);
    return header;
  }
}
