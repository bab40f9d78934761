package io.criulazy.client.fault;

/**
 * The filler's work done by the fault loop, where pages are fetched from elsewhere: it has time for
 * a small step while a fault's page is on its way, and never waits for a filler that was pushed off
 * its CPU.
 */
final class LoopFill {
  private volatile boolean on;
  private int last;
  private int waitMs = LazyTree.IDLE_WAIT_MS;

  /** From now on. */
  void begin() {
    on = true;
  }

  /** Whether it is done here, and not by a {@link Filler}. Any thread. */
  boolean isOn() {
    return on;
  }

  /** How long there was nothing to do after the last {@link #step}. */
  int waitMs() {
    return waitMs;
  }

  /** A small step for one process, each in turn: what has come meanwhile goes first. */
  void step(LazyTree tree) {
    waitMs = LazyTree.IDLE_WAIT_MS;
    int count = tree.processCount();
    for (int i = 0; i < count && waitMs > 0; i++) {
      last = (last + 1) % count;
      waitMs = Math.min(waitMs, waitMsAfterStep(tree.process(last)));
    }
  }

  private static int waitMsAfterStep(LazyProcess process) {
    return switch (process.fill(null, Filler.STEP_BYTES)) {
      case FILLED -> 0;
      case YIELDED, CHANGING -> LazyTree.RETRY_WAIT_MS;
      case AWAITED -> LazyTree.AWAITED_WAIT_MS;
      case STUCK -> LazyTree.BLOCKED_WAIT_MS;
      case NOTHING_DUE -> process.isDone(true) ? 0 : LazyTree.IDLE_WAIT_MS;
    };
  }
}
