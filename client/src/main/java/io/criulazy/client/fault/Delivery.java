package io.criulazy.client.fault;

import io.criulazy.client.source.PageSource;
import io.criulazy.client.source.PageSpan;
import io.criulazy.client.source.Urgency;
import io.criulazy.client.sys.PageSize;
import java.io.IOException;

/**
 * Puts the pages of one process where they belong: plans a copy, has a {@link Courier} carry it
 * out, and settles what came of it. Guarded by the process's {@link CopyGate}; allocates nothing.
 */
final class Delivery {
  private final String name;
  private final AddressSpace space;
  private final PageSource source;
  private final FaultStatistics statistics;
  private final ProcessRecord record;

  private final LostPages lostPages;
  private volatile boolean processGone;

  /** Takes nothing over: the arguments are the process's. */
  Delivery(
      String name,
      AddressSpace space,
      PageSource source,
      FaultStatistics statistics,
      ProcessRecord record,
      LostPages lostPages) {
    this.name = name;
    this.space = space;
    this.source = source;
    this.statistics = statistics;
    this.record = record;
    this.lostPages = lostPages;
  }

  /**
   * Copies due pages from the source into the process, from {@code address} on.
   *
   * @param courier the calling thread's
   * @param maxBytes the most to copy; less is copied where the run of due pages, the source's
   *     stretch or the VMA ends
   */
  CopyOutcome deliver(Courier courier, int segment, long address, long maxBytes, Trigger trigger) {
    long bytes = space.dueRunBytes(segment, address, maxBytes);
    if (!lostPages.isLost()) {
      return locateAndCopy(courier, segment, address, bytes, trigger);
    }
    switch (lostPages.action(System.nanoTime())) {
      case POISON -> {
        return poison(courier, address, bytes);
      }
      case RETRY -> {
        return retry(courier, segment, address, bytes, trigger);
      }
      default -> {
        return lostOrGone(courier);
      }
    }
  }

  private CopyOutcome locateAndCopy(
      Courier courier, int segment, long address, long bytes, Trigger trigger) {
    PageSpan span = courier.span();
    source.locate(space.imageAddress(segment, address), urgency(trigger), span);
    if (span.isComing()) {
      return CopyOutcome.AWAITED;
    }
    if (!span.isHere()) {
      lose("no page source has image address " + hexImage(segment, address));
      return CopyOutcome.LOST;
    }
    return copy(courier, address, Math.min(bytes, span.bytes()), trigger);
  }

  /** The source may be good again. */
  private CopyOutcome retry(
      Courier courier, int segment, long address, long bytes, Trigger trigger) {
    try {
      source.verifyUnchanged();
    } catch (IOException e) {
      lose(e.getMessage());
      return lostOrGone(courier);
    }
    CopyOutcome outcome = locateAndCopy(courier, segment, address, bytes, trigger);
    switch (outcome) {
      case COPIED, PRESENT, NOT_MAPPED -> lostPages.found(name);
      case LOST -> {
        return lostOrGone(courier);
      }
      default -> {
        // Nothing is known yet.
      }
    }
    return outcome;
  }

  /** Nothing can be delivered; but somebody may have killed the process. */
  private CopyOutcome lostOrGone(Courier courier) {
    processGone = courier.isProcessGone();
    return processGone ? CopyOutcome.PROCESS_GONE : CopyOutcome.LOST;
  }

  private CopyOutcome copy(Courier courier, long address, long maxBytes, Trigger trigger) {
    long result = courier.copy(address, maxBytes);
    CopyOutcome outcome = CopyOutcome.of(result);
    switch (outcome) {
      case COPIED -> {
        space.settle(address, address + result);
        count(trigger, result >> PageSize.SHIFT);
      }
      case PRESENT, NOT_MAPPED -> space.settle(address, address + PageSize.BYTES);
      case SOURCE_UNREADABLE -> {
        lose(whyUnreadable(address));
        return CopyOutcome.LOST;
      }
      case REFUSED -> {
        lose("page " + Long.toHexString(address) + " could not be delivered: error " + -result);
        return CopyOutcome.LOST;
      }
      default -> failed(UffdOperation.COPY, result);
    }
    return outcome;
  }

  /** An image file that has shrunk is found here before the next regular check. */
  private String whyUnreadable(long address) {
    try {
      source.verifyUnchanged();
      return "the image of page " + Long.toHexString(address) + " can't be read";
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  private static Urgency urgency(Trigger trigger) {
    return trigger == Trigger.BACKGROUND ? Urgency.BACKGROUND : Urgency.FAULT;
  }

  private String hexImage(int segment, long address) {
    return Long.toHexString(space.imageAddress(segment, address));
  }

  /** In place of a copy once the process was stopped. */
  private CopyOutcome poison(Courier courier, long address, long maxBytes) {
    long result = courier.poison(address, maxBytes);
    CopyOutcome outcome = CopyOutcome.of(result);
    switch (outcome) {
      case COPIED -> statistics.poisoned(space.settle(address, address + result));
      case PRESENT, NOT_MAPPED -> space.settle(address, address + PageSize.BYTES);
      default -> failed(UffdOperation.POISON, result);
    }
    return outcome;
  }

  private void count(Trigger trigger, long pages) {
    if (trigger == Trigger.FAULT && pages > 1) {
      statistics.installed(Trigger.AROUND, pages - 1);
      statistics.installed(Trigger.FAULT, 1);
    } else {
      statistics.installed(trigger, pages);
    }
  }

  /** Gives a page that reads as zero to who waits for it. */
  CopyOutcome deliverZeros(Courier courier, long page) {
    long result = courier.zero(page);
    CopyOutcome outcome = CopyOutcome.of(result);
    switch (outcome) {
      case COPIED -> statistics.installed(Trigger.ZERO, 1);
      case PRESENT, NOT_MAPPED -> {
        // Who waits will find out.
      }
      default -> failed(UffdOperation.ZEROPAGE, result);
    }
    return outcome;
  }

  /** Notes an operation that delivered nothing. */
  private void failed(UffdOperation operation, long result) {
    statistics.failed(operation, result);
    if (CopyOutcome.of(result) == CopyOutcome.PROCESS_GONE) {
      processGone = true;
    }
  }

  /** Has the source bring the page at an address of the process. */
  void announce(Courier courier, int segment, long address) {
    source.locate(space.imageAddress(segment, address), Urgency.BACKGROUND, courier.span());
  }

  /** See {@link LazyProcess#lose}. Any thread. */
  void lose(String reason, long duePages) {
    if (!processGone) {
      lostPages.lose(name, reason, duePages);
      if (lostPages.isStopped()) {
        record.lost();
      }
    }
  }

  /** See {@link LazyProcess#giveUp}. Any thread. */
  void giveUp(String reason, long duePages) {
    if (!processGone && lostPages.stop(name, reason, duePages)) {
      record.lost();
    }
  }

  private void lose(String reason) {
    lose(reason, space.duePages());
  }

  /** Whether pages of it could not be had. Any thread. */
  boolean isLost() {
    return lostPages.isLost();
  }

  /** Whether the process was found to have exited. Any thread. */
  boolean isProcessGone() {
    return processGone;
  }
}
