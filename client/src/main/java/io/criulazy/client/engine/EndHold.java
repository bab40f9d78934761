package io.criulazy.client.engine;

import java.util.concurrent.CountDownLatch;

/**
 * Holds the end of the JVM (SIGTERM, SIGINT, SIGHUP) until {@link #close}: somebody's processes are
 * in a state in which they can't be left.
 */
public final class EndHold {
  private final CountDownLatch released = new CountDownLatch(1);
  private final Thread hook;

  /**
   * @param onEnd run first if the JVM is asked to end meanwhile
   */
  public EndHold(Runnable onEnd) {
    hook = new Thread(() -> await(onEnd), "end-hold");
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is about to end, and waits for somebody else.
    }
  }

  private void await(Runnable onEnd) {
    if (released.getCount() > 0) {
      onEnd.run();
    }
    try {
      released.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets it end. */
  public void close() {
    released.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is about to end: the hook has just been let go.
    }
  }
}
