package io.criulazy.client.inspect;

import static io.criulazy.proto.image.PagemapReader.LAZY;
import static io.criulazy.proto.image.PagemapReader.PAGE_BYTES;
import static io.criulazy.proto.image.PagemapReader.PARENT;
import static io.criulazy.proto.image.PagemapReader.PRESENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.proto.image.Vma;
import io.criulazy.proto.image.VmaStatus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageWalkTest {
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final int PRIVATE = 0x02;

  private static Mapping mapping(long startPage, long endPage, int flags) {
    return new Mapping(
        new Vma(
            startPage * PAGE_BYTES, endPage * PAGE_BYTES, 3, flags, VmaStatus.ANON_PRIVATE, 0, 0),
        "");
  }

  @Test
  void anEntryCanSpanMappingsAndHoles() {
    List<Mapping> mappings =
        List.of(
            mapping(10, 20, PRIVATE_ANONYMOUS),
            mapping(20, 24, PRIVATE),
            mapping(30, 31, PRIVATE_ANONYMOUS));
    PageWalk walk = new PageWalk(mappings);
    walk.add(8 * PAGE_BYTES, 30, LAZY | PRESENT);
    walk.add(50 * PAGE_BYTES, 2, PRESENT);
    assertThat(mappings.get(0).counts().of(PageKind.LAZY)).isEqualTo(10);
    assertThat(mappings.get(1).counts().of(PageKind.EAGER)).isEqualTo(4);
    assertThat(mappings.get(2).counts().of(PageKind.LAZY)).isEqualTo(1);
    assertThat(walk.strayPages()).isEqualTo(2 + 6 + 7 + 2);
  }

  @Test
  void flagsTellTheKind() {
    Vma lazy = mapping(1, 2, PRIVATE_ANONYMOUS).vma();
    assertThat(PageKind.of(PARENT, lazy)).isEqualTo(PageKind.PARENT);
    assertThat(PageKind.of(LAZY, lazy)).isEqualTo(PageKind.REMOTE);
    assertThat(PageKind.of(PRESENT, lazy)).isEqualTo(PageKind.EAGER);
    assertThat(PageKind.of(LAZY | PRESENT, lazy)).isEqualTo(PageKind.LAZY);
    assertThat(PageKind.of(LAZY | PRESENT, mapping(1, 2, PRIVATE).vma())).isEqualTo(PageKind.EAGER);
  }

  /** Against one bit a page. */
  @Test
  void cellsAndCountsAreThoseOfAModel() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      List<Mapping> mappings = new ArrayList<>();
      long page = 1;
      while (page < 5000) {
        long start = page + random.nextInt(3);
        page = start + 1 + random.nextInt(random.nextBoolean() ? 4 : 900);
        mappings.add(mapping(start, page, PRIVATE_ANONYMOUS));
      }
      boolean[] present = new boolean[8000];
      PageWalk walk = new PageWalk(mappings);
      for (int at = random.nextInt(5); at < 6000; ) {
        int length = 1 + random.nextInt(random.nextBoolean() ? 3 : 400);
        walk.add(at * PAGE_BYTES, length, LAZY | PRESENT);
        Arrays.fill(present, at, at + length, true);
        at += length + random.nextInt(4);
      }
      verify(mappings, present, walk);
    }
  }

  private static void verify(List<Mapping> mappings, boolean[] present, PageWalk walk) {
    long inMappings = 0;
    for (Mapping mapping : mappings) {
      int start = (int) (mapping.vma().start() / PAGE_BYTES);
      long expected = count(present, start, (int) (start + mapping.pages()));
      assertThat(mapping.counts().total()).isEqualTo(expected);
      assertThat(mapping.zeroPages()).isEqualTo(mapping.pages() - expected);
      for (int i = 0; i < mapping.cells(); i++) {
        int from = start + (int) (mapping.pages() * i / mapping.cells());
        int to = start + (int) (mapping.pages() * (i + 1) / mapping.cells());
        assertThat(mapping.cell(i).total()).isEqualTo(count(present, from, to));
        assertThat(mapping.density(i)).isBetween(0.0, 1.0);
      }
      inMappings += expected;
    }
    assertThat(walk.strayPages()).isEqualTo(count(present, 0, present.length) - inMappings);
  }

  private static long count(boolean[] present, int from, int to) {
    long count = 0;
    for (int i = from; i < to; i++) {
      count += present[i] ? 1 : 0;
    }
    return count;
  }

  @Test
  void hugeMappingsHaveFewCells() {
    Mapping huge = mapping(1, 1L << 35, PRIVATE_ANONYMOUS);
    assertThat(huge.cells()).isEqualTo(Mapping.MAX_CELLS);
    huge.add(huge.vma().end() - PAGE_BYTES, 1, PageKind.LAZY);
    assertThat(huge.cell(huge.cells() - 1).total()).isEqualTo(1);
    assertThat(mapping(1, 2, PRIVATE_ANONYMOUS).cells()).isEqualTo(1);
    assertThat(mapping(1, 3, PRIVATE_ANONYMOUS).cells()).isEqualTo(2);
  }
}
