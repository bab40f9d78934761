package io.criulazy.proto.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an index has to say, page by page: the slow and obvious way. The index is compared with it
 * at every page that the model knows, at every border, and in the holes.
 */
final class PageModel {
  static final long PAGE = SeekIndex.PAGE_BYTES;

  /** Where one page is; file and offset are 0 if it is absent. */
  record Place(boolean lazy, boolean present, int file, long offset) {
    Place next() {
      return new Place(lazy, present, file, present ? offset + PAGE : 0);
    }
  }

  private final TreeMap<Long, Place> pages = new TreeMap<>();

  void put(long start, long count, Place first) {
    Place place = first;
    for (long i = 0; i < count; i++) {
      pages.put(start + i * PAGE, place);
      place = place.next();
    }
  }

  Place at(long pageAddress) {
    return pages.get(pageAddress);
  }

  /** The fewest entries that can hold the pages: one for each page that continues nothing. */
  int fewestEntries() {
    int entries = 0;
    long previousAddress = -1;
    Place previous = null;
    for (Map.Entry<Long, Place> page : pages.entrySet()) {
      boolean continues =
          previous != null
              && page.getKey() == previousAddress + PAGE
              && page.getValue().equals(previous.next());
      entries += continues ? 0 : 1;
      previousAddress = page.getKey();
      previous = page.getValue();
    }
    return entries;
  }

  void assertSameAs(SeekIndex index) {
    assertThat(index.pageCount()).isEqualTo(pages.size());
    assertThat(index.lazyPageCount())
        .isEqualTo(pages.values().stream().filter(Place::lazy).count());
    assertThat(index.entryCount()).isEqualTo(fewestEntries());
    for (long address : interestingAddresses()) {
      assertAnswers(index, address);
    }
  }

  private List<Long> interestingAddresses() {
    List<Long> addresses = new ArrayList<>(List.of(0L, PAGE - 1, -1L, Long.MIN_VALUE));
    addresses.add(Long.MAX_VALUE);
    for (long page : pages.keySet()) {
      addresses.add(page - PAGE);
      addresses.add(page - 1);
      addresses.add(page);
      addresses.add(page + 1);
      addresses.add(page + PAGE - 1);
      addresses.add(page + PAGE);
    }
    return addresses;
  }

  private void assertAnswers(SeekIndex index, long address) {
    Place expected = address < 0 ? null : pages.get(address - address % PAGE);
    int entry = index.find(address);
    if (expected == null) {
      assertThat(entry).as("find 0x%x", address).isEqualTo(-1);
    } else {
      assertThat(placeIn(index, entry, address)).as("0x%x", address).isEqualTo(expected);
    }
    assertCeiling(index, address);
  }

  private void assertCeiling(SeekIndex index, long address) {
    Long firstPage = address < 0 ? null : pages.ceilingKey(address - address % PAGE);
    int ceiling = index.ceiling(address);
    if (firstPage == null) {
      assertThat(ceiling).as("ceiling 0x%x", address).isEqualTo(index.entryCount());
    } else {
      assertThat(index.start(ceiling)).as("ceiling 0x%x", address).isLessThanOrEqualTo(firstPage);
      assertThat(index.end(ceiling)).as("ceiling 0x%x", address).isGreaterThan(firstPage);
    }
  }

  private static Place placeIn(SeekIndex index, int entry, long address) {
    assertThat(entry).as("find 0x%x", address).isNotNegative();
    long page = address - address % PAGE;
    assertThat(page).isBetween(index.start(entry), index.end(entry) - PAGE);
    boolean present = index.present(entry);
    long offset = present ? index.fileOffset(entry) + page - index.start(entry) : 0;
    return new Place(index.lazy(entry), present, index.file(entry), offset);
  }
}
