package io.criulazy.proto.image;

import static io.criulazy.proto.image.PagemapReader.LAZY;
import static io.criulazy.proto.image.PagemapReader.PAGE_BYTES;
import static io.criulazy.proto.image.PagemapReader.PARENT;
import static io.criulazy.proto.image.PagemapReader.PRESENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PagemapReaderTest {
  private static final Path NAME = Path.of("pagemap-7.img");

  private static ImageBytes pagemap() {
    return ImageBytes.of(ImageType.PAGEMAP).head(3);
  }

  private static List<String> read(byte[] image) throws IOException {
    List<String> entries = new ArrayList<>();
    try (PagemapReader reader = PagemapReader.over(NAME, image)) {
      reader.forEach(
          (vaddr, pages, flags) -> entries.add("%x+%d:%d".formatted(vaddr, pages, flags)));
    }
    return entries;
  }

  private static void refuses(ImageBytes image, long offset, String reason) {
    assertThatExceptionOfType(ImageFormatException.class)
        .isThrownBy(() -> read(image.toByteArray()))
        .satisfies(
            e -> {
              assertThat(e.file()).isEqualTo(NAME);
              assertThat(e.reason()).contains(reason);
              assertThat(e.offset()).isEqualTo(offset);
              assertThat(e).hasMessage("pagemap-7.img: offset " + offset + ": " + e.reason());
            });
  }

  /** One entry after the head: the head's record starts at 8 and the entry's at 14. */
  private static void refusesEntry(PagemapEntry entry, String reason) {
    refuses(pagemap().record(entry), 14, reason);
  }

  private static PagemapEntry.Builder entry(long vaddr, int pages) {
    return PagemapEntry.newBuilder().setVaddr(vaddr).setCompatNrPages(pages);
  }

  @Test
  void tellsWhereEachRangeIs() throws IOException {
    byte[] image =
        pagemap()
            .entry(0x10000, 1, PRESENT)
            .entry(0x11000, 3, LAZY | PRESENT)
            .entry(0x7fff_ffff_e000L, 1, PARENT)
            .entry(0x7fff_ffff_f000L, 2, LAZY)
            .toByteArray();
    try (PagemapReader reader = PagemapReader.over(NAME, image)) {
      assertThat(reader.pagesId()).isEqualTo(3);
      assertThat(reader.next()).isTrue();
      assertThat(reader.vaddr()).isEqualTo(0x10000);
      assertThat(reader.pages()).isEqualTo(1);
      assertThat(reader.flags()).isEqualTo(PRESENT);
      assertThat(reader.presentPages()).isEqualTo(1);
      assertThat(reader.next()).isTrue();
      assertThat(reader.presentPages()).isEqualTo(4);
      assertThat(reader.next()).isTrue();
      assertThat(reader.flags()).isEqualTo(PARENT);
      assertThat(reader.next()).isTrue();
      assertThat(reader.flags()).isEqualTo(LAZY);
      assertThat(reader.presentPages()).isEqualTo(4);
      assertThat(reader.next()).isFalse();
    }
  }

  @Test
  void pagesIdIsUnsigned() throws IOException {
    byte[] image = ImageBytes.of(ImageType.PAGEMAP).head(-1).toByteArray();
    try (PagemapReader reader = PagemapReader.over(NAME, image)) {
      assertThat(reader.pagesId()).isEqualTo(0xffff_ffffL);
      assertThat(reader.next()).isFalse();
    }
  }

  @Test
  void longPageCountWinsOverTheOldOne() throws IOException {
    PagemapEntry entry = entry(0x1000, 0).setNrPages(1L << 33).setFlags(PRESENT).build();
    assertThat(read(pagemap().record(entry).toByteArray())).containsExactly("1000+8589934592:4");
    PagemapEntry old = entry(0x1000, -1).setFlags(PRESENT).build();
    assertThat(read(pagemap().record(old).toByteArray())).containsExactly("1000+4294967295:4");
  }

  @Test
  void entriesWithoutFlagsArePresentOrInTheParent() throws IOException {
    byte[] image =
        pagemap()
            .record(entry(0x1000, 1).build())
            .record(entry(0x2000, 1).setInParent(true).build())
            .record(entry(0x3000, 1).setInParent(false).build())
            .record(entry(0x4000, 1).setInParent(true).setFlags(PARENT).build())
            .toByteArray();
    assertThat(read(image)).containsExactly("1000+1:4", "2000+1:1", "3000+1:4", "4000+1:1");
  }

  @Test
  void imagesBeforeTheCommonMagicAreRead() throws IOException {
    byte[] image = ImageBytes.old(ImageType.PAGEMAP).head(1).entry(0x1000, 1, 4).toByteArray();
    assertThat(read(image)).containsExactly("1000+1:4");
  }

  @Test
  void refusesOtherImages() {
    refuses(ImageBytes.of(ImageType.MM), 4, "0x57492820 (mm image), expected 0x56084025");
    refuses(new ImageBytes().u32(0x55105940), 0, "0x55105940 (service image)");
    refuses(new ImageBytes(), 0, "truncated");
  }

  @Test
  void refusesEntriesThatLeadNowhere() {
    refusesEntry(
        entry(0x1001, 1).setFlags(PRESENT).build(), "address 0x1001 does not start a page");
    refusesEntry(entry(1L << 56, 1).build(), "address 0x100000000000000 is beyond");
    refusesEntry(entry(-PAGE_BYTES, 1).build(), "address 0xfffffffffffff000 is beyond");
    refusesEntry(entry(0x1000, 0).build(), "entry of 0 pages");
    refusesEntry(entry(0x1000, 1).setNrPages(-1).build(), "entry of 18446744073709551615 pages");
    refusesEntry(entry(0x1000, 1).setNrPages(1L << 44).build(), "go beyond");
    refusesEntry(entry(0x1000, 1).setNrPages((1L << 44) + 1).build(), "entry of 17592186044417");
    refusesEntry(entry(0x1000, 1).setFlags(0).build(), "do not tell where");
    refusesEntry(entry(0x1000, 1).setFlags(PARENT | PRESENT).build(), "do not tell where");
    refusesEntry(entry(0x1000, 1).setFlags(4).setInParent(true).build(), "do not tell where");
    refuses(pagemap().record((byte) 8, (byte) 0), 14, "without compat_nr_pages");
    refuses(pagemap().record((byte) 16, (byte) 1), 14, "without vaddr");
    refuses(pagemap().record(), 14, "without vaddr");
  }

  @Test
  void refusesEntriesOutOfOrder() {
    ImageBytes overlapping = pagemap().entry(0x1000, 2, PRESENT);
    long offset = overlapping.length();
    refuses(overlapping.entry(0x2000, 1, PRESENT), offset, "the one before ends at 0x3000");
    ImageBytes descending = pagemap().entry(0x5000, 1, PRESENT);
    long second = descending.length();
    refuses(descending.entry(0x1000, 1, PRESENT), second, "ascending order");
  }

  @Test
  void refusesWhatItDoesNotKnowAsPerhapsCompressed() {
    refusesEntry(entry(0x1000, 1).setFlags(12).build(), "crit decompress");
    byte[] known = entry(0x1000, 1).setFlags(PRESENT).build().toByteArray();
    byte[] withField6 = Arrays.copyOf(known, known.length + 3);
    withField6[known.length] = 6 << 3 | 2;
    withField6[known.length + 1] = 1;
    refuses(pagemap().record(withField6), 14, "field 6 of a pagemap entry is not known");
    refuses(pagemap().record(new byte[70_000]), 14, "at most 65536");
  }

  @Test
  void refusesDamagedRecords() {
    refuses(pagemap().record((byte) 8), 14, "not a pagemap entry");
    refuses(pagemap().record((byte) 0), 14, "not a pagemap entry");
    refuses(pagemap().u32(-1), 14, "a record of 4294967295 bytes, but only 0 are left");
    refuses(ImageBytes.of(ImageType.PAGEMAP).record(), 12, "not the head of a pagemap");
  }

  @Test
  void everyTruncationIsAnErrorOrEndsAtARecord() throws IOException {
    ImageBytes image = pagemap();
    int afterHead = image.length();
    image.entry(0x1000, 1, PRESENT);
    int afterFirst = image.length();
    byte[] whole = image.entry(0x7fff_ffff_f000L, 300, LAZY).toByteArray();
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      if (length == afterHead || length == afterFirst) {
        assertThat(read(part)).hasSize(length == afterHead ? 0 : 1);
      } else {
        assertThatExceptionOfType(ImageFormatException.class)
            .as("truncated to %d bytes", length)
            .isThrownBy(() -> read(part))
            .withMessageContaining("truncated");
      }
    }
  }

  @Test
  void readsFilesThatAreLongerThanItsWindow(@TempDir Path directory) throws IOException {
    int entries = 100_000;
    ImageBytes image = pagemap();
    for (long i = 0; i < entries; i++) {
      image.entry(0x10_0000_0000L + i * 2 * PAGE_BYTES, 1, LAZY | PRESENT);
    }
    Path file = Files.write(directory.resolve("pagemap-1.img"), image.toByteArray());
    long[] expected = {0x10_0000_0000L, 0};
    try (PagemapReader reader = PagemapReader.open(file)) {
      reader.forEach(
          (vaddr, pages, flags) -> {
            assertThat(vaddr).isEqualTo(expected[0]);
            expected[0] += 2 * PAGE_BYTES;
            expected[1] += pages;
          });
      assertThat(expected[1]).isEqualTo(entries);
      assertThat(reader.presentPages()).isEqualTo(entries);
    }
  }
}
