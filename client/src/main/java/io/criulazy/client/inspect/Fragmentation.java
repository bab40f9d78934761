package io.criulazy.client.inspect;

/** How a pagemap's pages are cut into entries; sizes in classes [2^n, 2^(n+1)). */
final class Fragmentation {
  private final long[] entriesOfClass = new long[Long.SIZE];
  private long entries;
  private long pages;

  void add(long entryPages) {
    entriesOfClass[sizeClass(entryPages)]++;
    entries++;
    pages += entryPages;
  }

  private static int sizeClass(long pages) {
    return Long.SIZE - 1 - Long.numberOfLeadingZeros(pages);
  }

  long entries() {
    return entries;
  }

  long pages() {
    return pages;
  }

  double pagesPerEntry() {
    return entries == 0 ? 0 : (double) pages / entries;
  }

  /** Entries of 2^n to 2^(n+1)-1 pages. */
  long entriesOfClass(int n) {
    return entriesOfClass[n];
  }

  /** One more than the class of the longest entry; 0 without entries. */
  int classes() {
    int classes = Long.SIZE;
    while (classes > 0 && entriesOfClass[classes - 1] == 0) {
      classes--;
    }
    return classes;
  }
}
