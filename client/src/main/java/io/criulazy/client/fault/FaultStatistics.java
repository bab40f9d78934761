package io.criulazy.client.fault;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the fault loops and fillers of this program have done so far. Written by many threads
 * without locks and, once warm, without allocation; read by whoever shows it.
 */
public final class FaultStatistics {
  /** Upper bounds of the latency histogram, in nanoseconds: 4 us, doubling, to 16 s. */
  private static final int FIRST_BOUND_SHIFT = 12;

  private static final int BUCKETS = 24;

  private final LongAdder[] pages = adders(Trigger.values().length);
  private final LongAdder[] events = adders(UffdEvent.values().length);
  private final AtomicLongArray errors = new AtomicLongArray(CopyOutcome.values().length);
  private final AtomicLongArray latencies = new AtomicLongArray(BUCKETS);
  private final LongAdder latencySumNs = new LongAdder();
  private final LongAdder poisonedPages = new LongAdder();

  private static LongAdder[] adders(int count) {
    LongAdder[] adders = new LongAdder[count];
    for (int i = 0; i < count; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  void installed(Trigger trigger, long count) {
    pages[trigger.ordinal()].add(count);
  }

  void event(UffdEvent event) {
    events[event.ordinal()].increment();
  }

  void outcome(CopyOutcome outcome) {
    errors.incrementAndGet(outcome.ordinal());
  }

  void faultAnswered(long durationNs) {
    latencies.incrementAndGet(bucketOf(durationNs));
    latencySumNs.add(durationNs);
  }

  void poisoned(long count) {
    poisonedPages.add(count);
  }

  private static int bucketOf(long durationNs) {
    int bucket =
        Long.SIZE - FIRST_BOUND_SHIFT - Long.numberOfLeadingZeros(Math.max(durationNs, 1) - 1);
    return Math.max(0, Math.min(bucket, BUCKETS - 1));
  }

  /** Pages put into processes so far, by reason. */
  public long pagesInstalled(Trigger trigger) {
    return pages[trigger.ordinal()].sum();
  }

  /** Events read so far, by kind. */
  public long events(UffdEvent event) {
    return events[event.ordinal()].sum();
  }

  /** Pages that were made unusable because the right bytes could not be had. */
  public long pagesPoisoned() {
    return poisonedPages.sum();
  }

  /** How many buckets the latency histogram has; the last one has no upper bound. */
  public int latencyBuckets() {
    return BUCKETS;
  }

  /** The upper bound of a bucket in nanoseconds; {@link Long#MAX_VALUE} for the last. */
  public long latencyBoundNs(int bucket) {
    return bucket == BUCKETS - 1 ? Long.MAX_VALUE : 1L << (FIRST_BOUND_SHIFT + bucket);
  }

  /** Faults answered within the bucket's bounds, from reading the message to the page in place. */
  public long latencyCount(int bucket) {
    return latencies.get(bucket);
  }

  /** The sum of all latencies in nanoseconds. */
  public long latencySumNs() {
    return latencySumNs.sum();
  }
}
