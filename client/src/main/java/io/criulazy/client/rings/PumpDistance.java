package io.criulazy.client.rings;

import java.io.IOException;

/**
 * How much work it is to bring a new ring's positions to those of an old one. What takes longer
 * than a request with its completion counts for as many of them as take that long.
 *
 * @param submitted requests in the ring's life
 * @param completed completions in the ring's life
 * @param cost as a number of requests that complete
 */
record PumpDistance(long submitted, long completed, long cost) {
  private static final long COMPLETION_ALONE = 20;
  private static final long SKIPPED_REQUEST = 50;
  private static final long INVALID_REQUEST = 500;
  private static final long BY_POLLING_THREAD = 100;

  static PumpDistance of(KernelRing ring) throws IOException {
    return of(
        Integer.toUnsignedLong(ring.cachedSqHead()),
        Integer.toUnsignedLong(ring.cachedCqTail()),
        (ring.setupFlags() & Uring.SETUP_SQPOLL) != 0,
        ring.isDrainDisabled());
  }

  /**
   * Of a ring that was described.
   *
   * @param polled whether it has a polling thread
   */
  static PumpDistance of(long submitted, long completed, boolean polled, boolean drainDisabled) {
    long requestAlone = drainDisabled ? SKIPPED_REQUEST : INVALID_REQUEST;
    long cost =
        Math.min(submitted, completed)
            + Math.max(completed - submitted, 0) * COMPLETION_ALONE
            + Math.max(submitted - completed, 0) * requestAlone;
    return new PumpDistance(submitted, completed, polled ? cost * BY_POLLING_THREAD : cost);
  }

  @Override
  public String toString() {
    return "has carried out %d requests with %d completions, which counts as %d"
        .formatted(submitted, completed, cost);
  }
}
