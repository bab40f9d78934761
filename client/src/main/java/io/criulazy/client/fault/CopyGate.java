package io.criulazy.client.fault;

import io.criulazy.client.sys.ThreadPriority;
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
  private static final int SPINS = 2_000;
  private static final long PARK_NS = 50_000;

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
  private volatile FillerPriority filler;

  /** The fault loop enters; waits for no more than one small copy. */
  void enterUrgent() {
    if (INSIDE.compareAndSet(this, false, true)) {
      return;
    }
    urgent = true;
    for (int i = 0; !INSIDE.compareAndSet(this, false, true); i++) {
      if (i < SPINS) {
        Thread.onSpinWait();
      } else {
        lendPriority();
        LockSupport.parkNanos(this, PARK_NS);
      }
    }
    urgent = false;
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

  /** Leaves; the filler gives a lent priority back. */
  void leave() {
    INSIDE.setRelease(this, false);
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
    ThreadPriority.yieldCpu();
  }
}
