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

  public FaultStatistics() {
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
  }

  void event(UffdEvent event) {
    events[event.ordinal()].increment();
  }

  /** A userfaultfd's answer that was an error; {@code result} is the negative error number. */
  void failed(UffdOperation operation, long result) {
    int errno = (int) Math.min(-result, MAX_ERRNO - 1);
    errors.incrementAndGet(operation.ordinal() * MAX_ERRNO + errno);
  }

  void answered(FaultResult result, long durationNs) {
    latencies[result.ordinal()].record(durationNs);
  }

  void poisoned(long count) {
    poisonedPages.add(count);
  }

  /** Pages put into processes so far, by reason. */
  public long pagesInstalled(Trigger trigger) {
    return pages[trigger.ordinal()].sum();
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

  /** Faults answered, from reading the message to the page in place. */
  public LatencyCounts latencies(FaultResult result) {
    return latencies[result.ordinal()];
  }
}
