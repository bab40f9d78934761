package io.criulazy.proto.pageserver;

import io.criulazy.proto.image.PagemapReader;

/** Which ranges of pages a request may name. */
public final class PageRange {
  private PageRange() {}

  /**
   * Whether a process can have these pages.
   *
   * @param vaddr any 64 bits
   * @param pages any 64 bits
   * @return whether the address starts a page, there is at least one page, and the last one ends at
   *     or below 2^56
   */
  public static boolean isValid(long vaddr, long pages) {
    return vaddr >= 0
        && vaddr % PagemapReader.PAGE_BYTES == 0
        && pages > 0
        && vaddr < PagemapReader.ADDRESS_LIMIT
        && pages <= (PagemapReader.ADDRESS_LIMIT - vaddr) / PagemapReader.PAGE_BYTES;
  }
}
