package io.criulazy.client.fault;

import java.util.Arrays;

/** Faults of one process that have been read and not yet answered. Owned by the fault loop. */
final class FaultQueue {
  private long[] pages = new long[64];
  private long[] readNs = new long[64];
  private int size;

  /**
   * Notes a fault; a page that is waited for already is not noted twice.
   *
   * @param page the page's address
   * @param nowNs when it was read
   */
  void add(long page, long nowNs) {
    for (int i = 0; i < size; i++) {
      if (pages[i] == page) {
        return;
      }
    }
    if (size == pages.length) {
      pages = Arrays.copyOf(pages, size * 2);
      readNs = Arrays.copyOf(readNs, size * 2);
    }
    readNs[size] = nowNs;
    pages[size++] = page;
  }

  int size() {
    return size;
  }

  long page(int i) {
    return pages[i];
  }

  /** When the i-th was read, in {@link System#nanoTime} terms. */
  long readNs(int i) {
    return readNs[i];
  }

  /** When the oldest was read; there is one. */
  long oldestNs() {
    long oldest = readNs[0];
    for (int i = 1; i < size; i++) {
      oldest = Math.min(oldest, readNs[i]);
    }
    return oldest;
  }

  /** Forgets the i-th; the last one takes its place. */
  void removeAt(int i) {
    pages[i] = pages[--size];
    readNs[i] = readNs[size];
  }
}
