package io.criulazy.client.inspect;

/** Pages of each {@link PageKind}. */
final class PageCounts {
  private final long[] pages = new long[PageKind.values().length];

  void add(PageKind kind, long more) {
    pages[kind.ordinal()] += more;
  }

  void add(PageCounts others) {
    for (int i = 0; i < pages.length; i++) {
      pages[i] += others.pages[i];
    }
  }

  long of(PageKind kind) {
    return pages[kind.ordinal()];
  }

  long total() {
    long total = 0;
    for (long count : pages) {
      total += count;
    }
    return total;
  }

  /** The kind with the most pages, or null when there is none. */
  PageKind most() {
    PageKind most = null;
    for (PageKind kind : PageKind.values()) {
      if (of(kind) > (most == null ? 0 : of(most))) {
        most = kind;
      }
    }
    return most;
  }
}
