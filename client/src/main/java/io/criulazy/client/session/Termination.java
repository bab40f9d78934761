package io.criulazy.client.session;

import io.criulazy.client.sys.Signals;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the end that a signal asks of the JVM into a request, and holds the JVM until the work is
 * done. At a second signal the program is gone at once: its keeper holds what there is.
 */
final class Termination {
  private static final Logger LOG = LoggerFactory.getLogger(Termination.class);

  /** A shell's exit code for who was ended by a signal. */
  private static final int SIGNALLED = 128;

  private final String afterwards;
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile Runnable request = () -> {};

  /**
   * @param afterwards a sentence: what to do after the second signal
   */
  Termination(String afterwards) {
    this.afterwards = afterwards;
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
    Signals.onEnd(this::leave);
    request.run();
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void leave(int signal) {
    LOG.warn("asked to end a second time: leaving at once. {}", afterwards);
    Runtime.getRuntime().halt(SIGNALLED + signal);
  }
}
