package io.criulazy.client.fault;

import io.criulazy.client.sys.PageSize;

/**
 * How much to give for a fault: more and more as long as a thread walks through memory, over what
 * the filler has brought meanwhile. Guarded by the process's {@link CopyGate}.
 */
final class Walk {
  /** Once this many pages in a row have faulted, so many are given at once. */
  static final long MAX_AROUND_BYTES = 16 * PageSize.BYTES;

  /** What a walking thread may skip and still be taken for one. */
  static final long NEAR_BYTES = 64 * PageSize.BYTES;

  private long next = -1;
  private long aroundBytes = PageSize.BYTES;
  private boolean walks;

  /** A thread needs a page: how much to give from there on. */
  long step(long page) {
    long ahead = page - next;
    walks = ahead >= 0 && ahead <= NEAR_BYTES;
    aroundBytes = walks ? Math.min(aroundBytes * 2, MAX_AROUND_BYTES) : PageSize.BYTES;
    next = page + aroundBytes;
    return aroundBytes;
  }

  /**
   * Where the filler should go on: ahead of a thread that walks where it is, or both would work at
   * the same place and wait for each other.
   *
   * @param page as in the last {@link #step}
   * @param fillFrom where it would go on
   */
  long fillFrom(long page, long fillFrom) {
    return walks && Math.abs(fillFrom - page) < NEAR_BYTES ? page + 4 * NEAR_BYTES : fillFrom;
  }
}
