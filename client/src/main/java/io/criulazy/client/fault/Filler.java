package io.criulazy.client.fault;

import io.criulazy.client.sys.PageSize;
import java.util.concurrent.locks.LockSupport;

/**
 * Brings in what nobody has asked for yet: a thread of low priority that goes round the processes
 * of a tree in small steps, and stands aside whenever the fault loop has something to do.
 */
final class Filler implements AutoCloseable {
  /** One step: what a fault may have to wait for. */
  static final long STEP_BYTES = 4 * PageSize.BYTES;

  private static final int STEPS_A_TURN = 64;
  private static final int SPINS = 200;
  private static final long CHANGING_NS = 20_000;
  private static final long STUCK_NS = 50_000_000;

  /** A source tells of arrivals; this is for one that could not even ask yet. */
  private static final long AWAITED_NS = 5_000_000;

  private static final long IDLE_NS = 10_000_000;

  private final LazyTree tree;
  private final Runnable wakeLoop;
  private final Thread thread = new Thread(this::run, "filler");
  private volatile boolean stopped;

  /**
   * @param wakeLoop tells the fault loop that a process may be done
   */
  Filler(LazyTree tree, Runnable wakeLoop) {
    this.tree = tree;
    this.wakeLoop = wakeLoop;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Pages that it waits for are here. Any thread. */
  void wake() {
    LockSupport.unpark(thread);
  }

  private void run() {
    FillerPriority priority = new FillerPriority();
    long checkedNs = System.nanoTime();
    while (!stopped) {
      long pauseNs = round(priority);
      if (pauseNs > 0) {
        if (pauseNs != AWAITED_NS) {
          wakeLoop.run();
        }
        LockSupport.parkNanos(this, pauseNs);
      }
      if (System.nanoTime() - checkedNs >= LazyTree.CHECK_INTERVAL_NS) {
        tree.checkSources();
        checkedNs = System.nanoTime();
      }
    }
  }

  /** A turn for each process; returns how long to pause before the next round. */
  private long round(FillerPriority priority) {
    long pauseNs = IDLE_NS;
    LazyProcess process;
    for (int i = 0; (process = tree.process(i)) != null && !stopped; i++) {
      pauseNs = Math.min(pauseNs, turn(process, priority));
    }
    return pauseNs;
  }

  private long turn(LazyProcess process, FillerPriority priority) {
    for (int step = 0; step < STEPS_A_TURN; step++) {
      if (!process.source().isContended()) {
        priority.lower();
      }
      switch (process.fill(priority, STEP_BYTES)) {
        case FILLED -> Thread.onSpinWait();
        case YIELDED -> standAside();
        case CHANGING -> LockSupport.parkNanos(CHANGING_NS);
        case AWAITED -> {
          return AWAITED_NS;
        }
        case STUCK -> {
          return STUCK_NS;
        }
        case NOTHING_DUE -> {
          return IDLE_NS;
        }
      }
    }
    return 0;
  }

  private static void standAside() {
    for (int i = 0; i < SPINS; i++) {
      Thread.onSpinWait();
    }
  }

  /** Ends the thread. */
  @Override
  public void close() {
    stopped = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
