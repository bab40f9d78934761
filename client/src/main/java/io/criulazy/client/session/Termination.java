package io.criulazy.client.session;

import java.util.concurrent.CountDownLatch;

/**
 * Turns the end that a signal asks of the JVM into a request, and holds the JVM until the work is
 * done.
 */
final class Termination {
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile Runnable request = () -> {};

  Termination() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::await, "termination"));
  }

  /** What to do when the JVM is asked to end. */
  void ask(Runnable request) {
    this.request = request;
  }

  /** Lets the JVM end. */
  void done() {
    done.countDown();
  }

  private void await() {
    if (done.getCount() == 0) {
      return;
    }
    request.run();
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
