package io.criulazy.client.fault;

import io.criulazy.client.sys.PageSize;

/**
 * The filler's side of a process: delivers what is due and nobody has asked for. Everything here is
 * guarded by the {@link CopyGate}, but for {@link #nextImageAddress}, which is the filler's own.
 */
final class Fill {
  /** Each costs about as much as four pages more in one copy. */
  private static final int COPIES_A_STEP = 4;

  private final AddressSpace space;
  private final Delivery delivery;
  private final CopyGate gate;
  private final Courier courier;
  private final Courier loopCourier;
  private long from;
  private long nextImageAddress;

  /**
   * @param courier the filler's
   * @param loopCourier the fault loop's, whose pages are left to it
   */
  Fill(AddressSpace space, Delivery delivery, CopyGate gate, Courier courier, Courier loopCourier) {
    this.space = space;
    this.delivery = delivery;
    this.gate = gate;
    this.courier = courier;
    this.loopCourier = loopCourier;
  }

  /** Where the images have what the next step will probably deliver. */
  long nextImageAddress() {
    return nextImageAddress;
  }

  /** A thread is walking through memory and has come to a page: goes on in front of it. */
  void follow(Walk walk, long page) {
    from = walk.fillFrom(page, from);
  }

  /** Copies the next due pages: several short runs, as long as nobody waits. */
  FillOutcome step(long maxBytes) {
    long pagesBefore = space.duePages();
    long left = maxBytes;
    FillOutcome outcome;
    int copies = 0;
    do {
      outcome = copyNext(left);
      left = maxBytes - ((pagesBefore - space.duePages()) << PageSize.SHIFT);
    } while (outcome == FillOutcome.FILLED
        && left > 0
        && ++copies < COPIES_A_STEP
        && !gate.isWanted());
    return outcome;
  }

  private FillOutcome copyNext(long maxBytes) {
    long address = nextDue();
    if (address < 0) {
      return loopCourier.isUnderWay() ? FillOutcome.CHANGING : FillOutcome.NOTHING_DUE;
    }
    from = address;
    int segment = space.find(address);
    nextImageAddress = space.imageAddress(segment, address) + maxBytes;
    long bytes = loopCourier.bytesOutside(address, maxBytes);
    return switch (delivery.deliver(courier, segment, address, bytes, Trigger.BACKGROUND)) {
      case COPIED, NOT_MAPPED, PROCESS_GONE -> FillOutcome.FILLED;
      case PRESENT -> {
        courier.wake(address);
        yield FillOutcome.FILLED;
      }
      case AWAITED -> FillOutcome.AWAITED;
      case CHANGING -> FillOutcome.CHANGING;
      default -> FillOutcome.STUCK;
    };
  }

  /** The next due address that the fault loop isn't just copying to, or -1. */
  private long nextDue() {
    long address = space.nextDue(from);
    if (address < 0) {
      address = space.nextDue(0);
    }
    long outside = loopCourier.firstOutside(address);
    return outside == address ? address : space.nextDue(outside);
  }
}
