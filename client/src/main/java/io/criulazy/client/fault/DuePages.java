package io.criulazy.client.fault;

/**
 * Which pages of one contiguous range are still due: a sparse bitmap.
 *
 * <p>Pages are numbered from 0. Memory is taken for stretches of {@value #CHUNK_PAGES} pages in
 * which something is due, so that a reservation of terabytes costs next to nothing. Not
 * thread-safe.
 */
final class DuePages {
  static final int CHUNK_PAGES = 1 << 15;

  private static final int CHUNK_SHIFT = 15;
  private static final int WORD_SHIFT = 6;
  private static final int CHUNK_WORDS = CHUNK_PAGES >> WORD_SHIFT;

  private final long pages;
  private final long[][] chunks;
  private long due;

  DuePages(long pages) {
    this.pages = pages;
    this.chunks = new long[Math.toIntExact((pages + CHUNK_PAGES - 1) >> CHUNK_SHIFT)][];
  }

  /** A copy of its own: what a forked child has to get. */
  DuePages copy() {
    DuePages copy = new DuePages(pages);
    for (int i = 0; i < chunks.length; i++) {
      copy.chunks[i] = chunks[i] == null ? null : chunks[i].clone();
    }
    copy.due = due;
    return copy;
  }

  /** How many pages the range has. */
  long pages() {
    return pages;
  }

  /** How many pages are due. */
  long due() {
    return due;
  }

  boolean isDue(long page) {
    long[] chunk = chunks[(int) (page >> CHUNK_SHIFT)];
    return chunk != null && (chunk[wordOf(page)] & 1L << page) != 0;
  }

  /** Makes [from, to) due. */
  void set(long from, long to) {
    for (long page = from; page < to; page = nextWord(page)) {
      int index = (int) (page >> CHUNK_SHIFT);
      if (chunks[index] == null) {
        chunks[index] = new long[CHUNK_WORDS];
      }
      long mask = maskOf(page, to);
      long word = chunks[index][wordOf(page)];
      due += Long.bitCount(mask & ~word);
      chunks[index][wordOf(page)] = word | mask;
    }
  }

  /**
   * Makes [from, to) not due.
   *
   * @return how many pages were
   */
  long clear(long from, long to) {
    long before = due;
    for (long page = from; page < to; page = nextWord(page)) {
      long[] chunk = chunks[(int) (page >> CHUNK_SHIFT)];
      if (chunk == null) {
        page |= CHUNK_PAGES - 1;
        continue;
      }
      long mask = maskOf(page, to);
      long word = chunk[wordOf(page)];
      due -= Long.bitCount(mask & word);
      chunk[wordOf(page)] = word & ~mask;
    }
    return before - due;
  }

  /** The first page in [from, to) that is due, or -1. */
  long next(long from, long to) {
    for (long page = from; page < to; page = nextWord(page)) {
      long[] chunk = chunks[(int) (page >> CHUNK_SHIFT)];
      if (chunk == null) {
        page |= CHUNK_PAGES - 1;
        continue;
      }
      long found = chunk[wordOf(page)] & maskOf(page, to);
      if (found != 0) {
        return (page & -Long.SIZE) + Long.numberOfTrailingZeros(found);
      }
    }
    return -1;
  }

  /** The end of the unbroken run of due pages that starts at {@code from}, at most {@code to}. */
  long runEnd(long from, long to) {
    for (long page = from; page < to; page = nextWord(page)) {
      long[] chunk = chunks[(int) (page >> CHUNK_SHIFT)];
      if (chunk == null) {
        return page;
      }
      long missing = ~chunk[wordOf(page)] & maskOf(page, to);
      if (missing != 0) {
        return (page & -Long.SIZE) + Long.numberOfTrailingZeros(missing);
      }
    }
    return to;
  }

  private static int wordOf(long page) {
    return (int) (page & (CHUNK_PAGES - 1)) >> WORD_SHIFT;
  }

  private static long nextWord(long page) {
    return (page | (Long.SIZE - 1)) + 1;
  }

  /** The bits of page's word that lie in [page, to). */
  private static long maskOf(long page, long to) {
    long mask = -1L << page;
    long wordStart = page & -Long.SIZE;
    return to - wordStart >= Long.SIZE ? mask : mask & ~(-1L << to);
  }
}
