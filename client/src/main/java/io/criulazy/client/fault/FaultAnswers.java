package io.criulazy.client.fault;

import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.Uffd;

/**
 * The fault loop's side of a process: the faults that were read, and what each gets. Inside the
 * {@link CopyGate}; nothing is allocated for a fault.
 */
final class FaultAnswers {
  private final Uffd uffd;
  private final AddressSpace space;
  private final Delivery delivery;
  private final FaultStatistics statistics;
  private final Courier courier;
  private final Courier fillCourier;
  private final Fill fill;
  private final FaultQueue faults = new FaultQueue();
  private final Walk walk = new Walk();
  private int awaited;

  /**
   * @param courier the fault loop's
   * @param fillCourier the filler's, whose pages are left to it
   */
  FaultAnswers(
      Uffd uffd,
      AddressSpace space,
      Delivery delivery,
      FaultStatistics statistics,
      Courier courier,
      Courier fillCourier,
      Fill fill) {
    this.uffd = uffd;
    this.space = space;
    this.delivery = delivery;
    this.statistics = statistics;
    this.courier = courier;
    this.fillCourier = fillCourier;
    this.fill = fill;
  }

  /** A fault was read. */
  void add(long address, long nowNs) {
    faults.add(PageSize.floor(address), nowNs);
  }

  /** How many have no answer yet. */
  int waiting() {
    return faults.size();
  }

  /** How many of them wait for something else than their source. */
  int toRetry() {
    return faults.size() - awaited;
  }

  /** When the oldest of them was read; there is one. */
  long oldestNs() {
    return faults.oldestNs();
  }

  /** Answers those that can be answered. */
  void giveAll() {
    awaited = 0;
    for (int i = faults.size() - 1; i >= 0 && !delivery.isProcessGone(); i--) {
      FaultResult result = give(faults.page(i));
      if (result != FaultResult.POSTPONED) {
        statistics.answered(result, System.nanoTime() - faults.readNs(i));
        faults.removeAt(i);
      }
    }
  }

  /** Gives the page at an address, or lets the threads that wait for it try again. */
  private FaultResult give(long page) {
    int segment = space.find(page);
    if (segment < 0 || !space.isDue(segment, page)) {
      return result(page, delivery.deliverZeros(courier, page), FaultResult.ZERO);
    }
    if (fillCourier.firstOutside(page) != page) {
      return FaultResult.POSTPONED; // until the filler has brought it
    }
    long bytes = fillCourier.bytesOutside(page, walk.step(page));
    fill.follow(walk, page);
    CopyOutcome outcome = delivery.deliver(courier, segment, page, bytes, Trigger.FAULT);
    return result(page, outcome, delivery.isLost() ? FaultResult.POISONED : FaultResult.IMAGE);
  }

  private FaultResult result(long page, CopyOutcome outcome, FaultResult delivered) {
    return switch (outcome) {
      case COPIED -> delivered;
      case PRESENT, NOT_MAPPED -> wake(page, outcome);
      case AWAITED, LOST -> {
        awaited++;
        yield FaultResult.POSTPONED;
      }
      default -> FaultResult.POSTPONED;
    };
  }

  /** Threads that wait for a page that is there already, or whose mapping is gone, try again. */
  private FaultResult wake(long page, CopyOutcome why) {
    uffd.wake(page, PageSize.BYTES);
    return why == CopyOutcome.PRESENT ? FaultResult.PRESENT : FaultResult.UNMAPPED;
  }
}
