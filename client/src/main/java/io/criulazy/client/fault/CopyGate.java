package io.criulazy.client.fault;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Mutual exclusion of the two threads that may change one process's memory: the fault loop, which
 * must not wait, and the filler, which has time.
 *
 * <p>Whoever is inside may plan a copy and carry it out; the fault loop reads events only inside.
 * So no copy that was planned before an event was read can be issued after it: that would put old
 * bytes where the process has removed or moved its memory (the stale copy). The filler stays inside
 * for one small copy, and lets the fault loop in first whenever it wants to.
 *
 * <p>A filler of low priority that is pushed off its CPU inside would keep the fault loop waiting
 * for as long as others compute; so the fault loop lends it its priority (what a
 * priority-inheriting mutex would do).
 *
 * <p>Allocates nothing.
 */
final class CopyGate {
  /** As long as it takes to wake a thread: some microseconds. */
  private static final int SPINS = 600;

  /** Longer than any copy: who isn't woken by then waits for a filler that has no CPU. */
  private static final long PARK_NS = 200_000;

  private static final VarHandle INSIDE;

  static {
    try {
      INSIDE = MethodHandles.lookup().findVarHandle(CopyGate.class, "inside", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // through INSIDE
  private volatile boolean inside;

  private volatile boolean urgent;
  private volatile Thread waiter;
  private volatile FillerPriority filler;

  /**
   * The fault loop enters; waits for no more than one small copy. It doesn't spin through all of
   * it: where the filler has been pushed off this very CPU, that would keep it from ending.
   */
  void enterUrgent() {
    if (INSIDE.compareAndSet(this, false, true)) {
      return;
    }
    urgent = true;
    if (!spinIn()) {
      waiter = Thread.currentThread();
      while (!INSIDE.compareAndSet(this, false, true)) {
        LockSupport.parkNanos(this, PARK_NS);
        if (INSIDE.compareAndSet(this, false, true)) {
          break;
        }
        lendPriority();
      }
      waiter = null;
    }
    urgent = false;
  }

  private boolean spinIn() {
    for (int i = 0; i < SPINS; i++) {
      Thread.onSpinWait();
      if (INSIDE.compareAndSet(this, false, true)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The filler enters if nobody is inside or wants to be.
   *
   * @param priority of the calling thread
   */
  boolean tryEnterBackground(FillerPriority priority) {
    if (urgent || !INSIDE.compareAndSet(this, false, true)) {
      return false;
    }
    filler = priority;
    return true;
  }

  /** Leaves, and wakes the fault loop if it waits. */
  void leave() {
    INSIDE.setVolatile(this, false);
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
