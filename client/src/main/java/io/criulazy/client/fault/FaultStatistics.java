package io.criulazy.client.fault;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * What fault loops and fillers have done so far with pages of one kind of source. Written by many
 * threads without locks and, once warm, without allocation; read by whoever shows it.
 */
public final class FaultStatistics {
  private static final int MAX_ERRNO = 256;

  private final LongAdder[] pages = adders(Trigger.values().length);
  private final LongAdder[] events = adders(UffdEvent.values().length);
  private final LatencyCounts[] latencies = new LatencyCounts[FaultResult.values().length];
  private final AtomicLongArray errors =
      new AtomicLongArray(UffdOperation.values().length * MAX_ERRNO);
  private final LongAdder poisonedPages = new LongAdder();

  /** Of which this is a part, or null. */
  private final FaultStatistics whole;

  public FaultStatistics() {
    this(null);
  }

  /**
   * Counts a part: what one restore does.
   *
   * @param whole counts everything that is counted here as well; null if there is no whole
   */
  public FaultStatistics(FaultStatistics whole) {
    this.whole = whole;
    for (int i = 0; i < latencies.length; i++) {
      latencies[i] = new LatencyCounts();
    }
  }

  private static LongAdder[] adders(int count) {
    LongAdder[] adders = new LongAdder[count];
    for (int i = 0; i < count; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  void installed(Trigger trigger, long count) {
    pages[trigger.ordinal()].add(count);
    if (whole != null) {
      whole.installed(trigger, count);
    }
  }

  void event(UffdEvent event) {
    events[event.ordinal()].increment();
    if (whole != null) {
      whole.event(event);
    }
  }

  /** A userfaultfd's answer that was an error; {@code result} is the negative error number. */
  void failed(UffdOperation operation, long result) {
    int errno = (int) Math.min(-result, MAX_ERRNO - 1);
    errors.incrementAndGet(operation.ordinal() * MAX_ERRNO + errno);
    if (whole != null) {
      whole.failed(operation, result);
    }
  }

  void answered(FaultResult result, long durationNs) {
    latencies[result.ordinal()].record(durationNs);
    if (whole != null) {
      whole.answered(result, durationNs);
    }
  }

  void poisoned(long count) {
    poisonedPages.add(count);
    if (whole != null) {
      whole.poisoned(count);
    }
  }

  /** Pages put into processes so far, by reason. */
  public long pagesInstalled(Trigger trigger) {
    return pages[trigger.ordinal()].sum();
  }

  /** Pages of images put into processes so far. */
  public long pagesDelivered() {
    long delivered = 0;
    for (Trigger trigger : Trigger.values()) {
      delivered += trigger == Trigger.ZERO ? 0 : pagesInstalled(trigger);
    }
    return delivered;
  }

  /** Messages read so far, by kind. */
  public long events(UffdEvent event) {
    return events[event.ordinal()].sum();
  }

  /** How often an operation has ended in an error; EAGAIN, EEXIST and ENOENT are normal. */
  public long errors(UffdOperation operation, int errno) {
    return errors.get(operation.ordinal() * MAX_ERRNO + errno);
  }

  /** Pages that were made unusable because the right bytes could not be had. */
  public long pagesPoisoned() {
    return poisonedPages.sum();
  }

  /** All faults answered so far, in the buckets of {@link LatencyCounts}. */
  public long[] answeredCounts() {
    long[] sum = new long[LatencyCounts.boundsNs().length + 1];
    for (FaultResult result : FaultResult.values()) {
      long[] counts = latencies[result.ordinal()].counts();
      for (int i = 0; i < sum.length; i++) {
        sum[i] += counts[i];
      }
    }
    return sum;
  }

  /** Faults answered, from reading the message to the page in place. */
  public LatencyCounts latencies(FaultResult result) {
    return latencies[result.ordinal()];
  }
}
