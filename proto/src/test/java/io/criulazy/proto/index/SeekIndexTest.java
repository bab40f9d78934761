package io.criulazy.proto.index;

import static io.criulazy.proto.index.PageModel.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.criulazy.proto.index.PageModel.Place;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SeekIndexTest {
  private static final long GIB = 1L << 30;

  @Test
  void anEmptyIndexHasNothingAnywhere() {
    SeekIndex index = new SeekIndexBuilder().build();
    new PageModel().assertSameAs(index);
    assertThat(index.ceiling(0)).isZero();
    assertThat(index.memoryBytes()).isZero();
  }

  @Test
  void oneEntryAtAddressZero() {
    SeekIndexBuilder builder = new SeekIndexBuilder();
    builder.addPresent(0, 1, true, 0, 0);
    PageModel model = new PageModel();
    model.put(0, 1, new Place(true, true, 0, 0));
    model.assertSameAs(builder.build());
  }

  @Test
  void theHighestPagesThatAreAllowed() {
    long last = Long.MAX_VALUE - 2 * PAGE + 1;
    SeekIndexBuilder builder = new SeekIndexBuilder();
    PageModel model = new PageModel();
    for (int i = 40; i >= 0; i -= 2) {
      builder.addPresent(last - i * PAGE, 1, false, 7, (40 - i) * PAGE);
      model.put(last - i * PAGE, 1, new Place(false, true, 7, (40 - i) * PAGE));
    }
    model.assertSameAs(builder.build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SeekIndexBuilder().addPresent(last + PAGE, 1, false, 0, 0));
  }

  @Test
  void neighboursMergeOnlyIfEverythingContinues() {
    SeekIndexBuilder builder = new SeekIndexBuilder();
    builder.addPresent(0x10000, 2, true, 0, 0);
    builder.addPresent(0x12000, 2, true, 0, 2 * PAGE); // continues
    builder.addPresent(0x14000, 1, true, 0, 5 * PAGE); // offset jumps
    builder.addPresent(0x15000, 1, true, 1, 6 * PAGE); // other file
    builder.addPresent(0x16000, 1, false, 1, 7 * PAGE); // not lazy
    builder.addPresent(0x18000, 1, false, 1, 8 * PAGE); // address jumps
    builder.addAbsent(0x19000, 1); // absent
    builder.addAbsent(0x1a000, 3); // continues
    SeekIndex index = builder.build();
    assertThat(index.entryCount()).isEqualTo(6);
    assertThat(index.end(0)).isEqualTo(0x14000);
    assertThat(index.end(5)).isEqualTo(0x1d000);
    assertThat(index.pageCount()).isEqualTo(12);
    assertThat(index.lazyPageCount()).isEqualTo(10);
  }

  @Test
  void aProcessOf256GibAndFilesBeyondFourGib() {
    SeekIndexBuilder builder = new SeekIndexBuilder();
    long base = 0x7f00_0000_0000L;
    builder.addPresent(base, 256 * GIB / PAGE, true, Integer.MAX_VALUE, 3 * PAGE);
    builder.addPresent(base + 300 * GIB, 1, true, 0x1234567, 5000 * GIB);
    SeekIndex index = builder.build();
    long address = base + 255 * GIB + 5;
    int entry = index.find(address);
    assertThat(entry).isZero();
    assertThat(index.fileOffset(entry) + (address - index.start(entry)))
        .isEqualTo(3 * PAGE + 255 * GIB + 5);
    assertThat(index.file(0)).isEqualTo(Integer.MAX_VALUE);
    assertThat(index.file(1)).isEqualTo(0x1234567);
    assertThat(index.fileOffset(1)).isEqualTo(5000 * GIB);
    assertThat(index.find(base + 256 * GIB)).isEqualTo(-1);
    assertThat(index.ceiling(base + 256 * GIB)).isEqualTo(1);
  }

  @Test
  void randomFragmentationsAnswerLikeTheModel() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      // from one block of the search tree to three levels of it
      int adds = 1 + random.nextInt(seed % 20 == 0 ? 6000 : 300);
      SeekIndexBuilder builder = new SeekIndexBuilder();
      PageModel model = new PageModel();
      long address = random.nextInt(1 << 30) * PAGE;
      long offset = 0;
      for (int i = 0; i < adds; i++) {
        address += random.nextInt(3) == 0 ? 0 : random.nextInt(4) * PAGE;
        long count = 1 + random.nextInt(4);
        offset = random.nextInt(4) == 0 ? random.nextInt(1 << 20) * PAGE : offset;
        address = addRandom(random, builder, model, address, count, offset);
        offset += count * PAGE;
      }
      model.assertSameAs(builder.build());
    }
  }

  private static long addRandom(
      Random random, SeekIndexBuilder builder, PageModel model, long at, long count, long offset) {
    if (random.nextInt(6) == 0) {
      builder.addAbsent(at, count);
      model.put(at, count, new Place(true, false, 0, 0));
    } else {
      boolean lazy = random.nextInt(8) != 0;
      int file = random.nextInt(8) == 0 ? random.nextInt(Integer.MAX_VALUE) : 1;
      builder.addPresent(at, count, lazy, file, offset);
      model.put(at, count, new Place(lazy, true, file, offset));
    }
    return at + count * PAGE;
  }

  @Test
  void everyNumberOfEntriesAroundTheNodesOfTheSearchTree() {
    for (int entries : new int[] {15, 16, 17, 31, 32, 33, 255, 256, 257, 272, 273, 4095, 4097}) {
      SeekIndexBuilder builder = new SeekIndexBuilder();
      PageModel model = new PageModel();
      for (int i = 0; i < entries; i++) {
        builder.addPresent(0x1000_0000L + i * 2 * PAGE, 1, true, 0, i * PAGE);
        model.put(0x1000_0000L + i * 2 * PAGE, 1, new Place(true, true, 0, i * PAGE));
      }
      model.assertSameAs(builder.build());
    }
  }

  @Test
  void twentyFourAndAHalfBytesAnEntry() {
    SeekIndexBuilder builder = new SeekIndexBuilder();
    for (int i = 0; i < 100_000; i++) {
      builder.addPresent(i * 2 * PAGE, 1, true, 0, i * PAGE);
    }
    assertThat(builder.build().memoryBytes() / 100_000.0).isBetween(24.5, 24.6);
  }

  @Test
  void aBuilderRefusesWhatBreaksTheOrder() {
    SeekIndexBuilder builder = new SeekIndexBuilder();
    builder.addPresent(0x10000, 2, true, 0, 0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.addPresent(0x11000, 1, true, 0, 0))
        .withMessageContaining("0x11000")
        .withMessageContaining("0x12000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.addPresent(0x20001, 1, true, 0, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.addPresent(0x20000, 0, true, 0, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.addPresent(-0x20000, 1, true, 0, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.addPresent(0x20000, 1L << 52, true, 0, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.addPresent(0x20000, 1, true, -1, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.addPresent(0x20000, 1, true, 0, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.addPresent(0x20000, 1, true, 0, -PAGE));
    assertThat(builder.build().entryCount()).isEqualTo(1);
  }
}
