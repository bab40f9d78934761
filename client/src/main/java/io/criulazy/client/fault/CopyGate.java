package io.criulazy.client.fault;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps apart the two threads that change one process's memory: the fault loop, which must not
 * wait, and the filler, which has time.
 *
 * <p>Who is inside may look at the address space, plan a copy, and settle one. While the kernel
 * copies, its thread is outside, so that both can copy at once. What may not happen at once is a
 * copy and the reading of events: a copy that was planned before an event was read, and issued
 * after it, would put old bytes where the process has removed or moved its memory (the stale copy).
 * The fault loop is the only reader, so its own copies can't; for the filler's it waits before it
 * reads. That copy is small, and the filler begins none while the fault loop waits.
 *
 * <p>A filler of low priority that is pushed off its CPU would keep the fault loop waiting for as
 * long as others compute; so the fault loop lends it its priority (what a priority-inheriting mutex
 * would do).
 *
 * <p>Allocates nothing.
 */
final class CopyGate {
  /** As long as it takes to wake a thread: some microseconds. */
  private static final int SPINS = 600;

  /** Longer than any copy: who isn't woken by then waits for a filler that has no CPU. */
  private static final long PARK_NS = 200_000;

  private static final long FILLER_PARK_NS = 50_000;

  /** Somebody is inside. */
  private static final int INSIDE = 1;

  /** The kernel carries out a copy of the filler's. */
  private static final int FILLER_COPIES = 2;

  private static final int FREE = 0;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(CopyGate.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // through STATE
  private volatile int state;

  private volatile boolean urgent;
  private volatile Thread waiter;
  private volatile FillerPriority filler;

  /**
   * The fault loop enters, and may read events; waits for no more than one small copy. It doesn't
   * spin through all of it: where the filler has been pushed off this very CPU, that would keep it
   * from ending.
   */
  void enterToRead() {
    if (!tryEnter(FREE)) {
      waitFor(FREE);
    }
  }

  /** The fault loop enters after a copy of its own; it may not read events. */
  void enterToSettle() {
    if (!tryEnter(FILLER_COPIES)) {
      waitFor(FILLER_COPIES);
    }
  }

  /** Enters if the state is free but for what is allowed. */
  private boolean tryEnter(int allowed) {
    int seen = state;
    return (seen & ~allowed) == FREE && STATE.compareAndSet(this, seen, seen | INSIDE);
  }

  private void waitFor(int allowed) {
    urgent = true;
    if (!spinIn(allowed)) {
      waiter = Thread.currentThread();
      boolean wokenInVain = false;
      while (!tryEnter(allowed)) {
        if (wokenInVain) {
          lendPriority();
        }
        LockSupport.parkNanos(this, PARK_NS);
        wokenInVain = true;
      }
      waiter = null;
    }
    urgent = false;
  }

  private boolean spinIn(int allowed) {
    for (int i = 0; i < SPINS; i++) {
      Thread.onSpinWait();
      if (tryEnter(allowed)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The filler enters if nobody is inside or wants to be.
   *
   * @param priority of the calling thread, or null if that is the fault loop's
   */
  boolean tryEnterBackground(FillerPriority priority) {
    if (urgent || !tryEnter(FREE)) {
      return false;
    }
    filler = priority;
    return true;
  }

  /** The filler has planned a copy, and leaves while the kernel carries it out. */
  void beginBackgroundCopy() {
    STATE.setVolatile(this, FILLER_COPIES);
    wakeWaiter();
  }

  /** The filler's copy is over, and it enters again to settle it. */
  void endBackgroundCopy() {
    for (int spins = 0; !STATE.compareAndSet(this, FILLER_COPIES, INSIDE); spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(this, FILLER_PARK_NS);
      }
    }
  }

  /** Leaves, and wakes the fault loop if it waits. */
  void leave() {
    STATE.getAndBitwiseAnd(this, ~INSIDE);
    wakeWaiter();
  }

  private void wakeWaiter() {
    Thread waiting = waiter;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    }
  }

  /** Whether the fault loop is waiting to get in. */
  boolean isWanted() {
    return urgent;
  }

  private void lendPriority() {
    FillerPriority current = filler;
    if (current != null) {
      current.raise();
    }
  }
}
