package io.criulazy.client.fault;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Durations counted by powers of two: from {@code 2^12} ns (4 us) to {@code 2^34} ns (17 s), and
 * those above. Any thread; recording allocates nothing.
 */
public final class LatencyCounts {
  private static final int FIRST_BOUND_SHIFT = 12;
  private static final int BOUNDS = 23;

  private final AtomicLongArray counts = new AtomicLongArray(BOUNDS + 1);
  private final LongAdder sumNs = new LongAdder();

  void record(long durationNs) {
    counts.incrementAndGet(bucketOf(durationNs));
    sumNs.add(durationNs);
  }

  private static int bucketOf(long durationNs) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(Math.max(durationNs, 1) - 1);
    return Math.max(0, Math.min(bits - FIRST_BOUND_SHIFT, BOUNDS));
  }

  /** The upper bounds of all buckets but the last, in nanoseconds. */
  public static long[] boundsNs() {
    long[] bounds = new long[BOUNDS];
    for (int i = 0; i < BOUNDS; i++) {
      bounds[i] = 1L << (FIRST_BOUND_SHIFT + i);
    }
    return bounds;
  }

  /** How many durations fell into each bucket: one more than there are bounds. */
  public long[] counts() {
    long[] copy = new long[BOUNDS + 1];
    for (int i = 0; i <= BOUNDS; i++) {
      copy[i] = counts.get(i);
    }
    return copy;
  }

  /** The sum of all durations in nanoseconds. */
  public long sumNs() {
    return sumNs.sum();
  }

  /**
   * A duration that the given part of all did not exceed: the upper bound of its bucket.
   *
   * @param counts as {@link #counts} has them
   * @param part 0.5 for the median
   * @return nanoseconds; 0 if nothing was counted, {@link Long#MAX_VALUE} if above all bounds
   */
  public static long quantileNs(long[] counts, double part) {
    long total = 0;
    for (long count : counts) {
      total += count;
    }
    long rank = (long) Math.ceil(part * total);
    long seen = 0;
    for (int i = 0; i < BOUNDS && total > 0; i++) {
      seen += counts[i];
      if (seen >= rank) {
        return 1L << (FIRST_BOUND_SHIFT + i);
      }
    }
    return total == 0 ? 0 : Long.MAX_VALUE;
  }
}
