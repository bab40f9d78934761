package io.criulazy.client.inspect;

import io.criulazy.proto.image.PagemapReader;
import java.util.List;

/** Puts the entries of a pagemap into the mappings; both ascend, so each is looked at once. */
final class PageWalk {
  private final List<Mapping> mappings;
  private int current;
  private long strayPages;

  PageWalk(List<Mapping> mappings) {
    this.mappings = mappings;
  }

  /** One entry, which can span several mappings. */
  void add(long vaddr, long pages, int flags) {
    long address = vaddr;
    long end = vaddr + pages * PagemapReader.PAGE_BYTES;
    while (address < end) {
      skipTo(address);
      Mapping mapping = current < mappings.size() ? mappings.get(current) : null;
      if (mapping == null || !before(mapping.vma().start(), end)) {
        strayPages += (end - address) / PagemapReader.PAGE_BYTES;
        return;
      }
      if (before(address, mapping.vma().start())) {
        strayPages += (mapping.vma().start() - address) / PagemapReader.PAGE_BYTES;
        address = mapping.vma().start();
      }
      long upTo = before(end, mapping.vma().end()) ? end : mapping.vma().end();
      mapping.add(
          address, (upTo - address) / PagemapReader.PAGE_BYTES, PageKind.of(flags, mapping.vma()));
      address = upTo;
    }
  }

  private void skipTo(long address) {
    while (current < mappings.size() && !before(address, mappings.get(current).vma().end())) {
      current++;
    }
  }

  /** Pages in no mapping. */
  long strayPages() {
    return strayPages;
  }

  private static boolean before(long a, long b) {
    return Long.compareUnsigned(a, b) < 0;
  }
}
