package io.criulazy.client.fault;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.SysException;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was to be received stays queued because this program can have no more descriptors, or the
 * kernel no more memory: it is said, once a second, and tried again. Used by one thread.
 */
public final class Starvation {
  private static final Logger LOG = LoggerFactory.getLogger(Starvation.class);
  private static final long COMPLAINT_NS = 1_000_000_000L;

  /** What is queued makes its descriptor readable all the time. */
  private static final long PAUSE_NS = 1_000_000;

  private long complainedNs = System.nanoTime() - COMPLAINT_NS;

  /** Whether an operation has failed for want of something that may come back. */
  public static boolean isCauseOf(SysException e) {
    return e.errno() == Errno.EMFILE || e.errno() == Errno.ENFILE || e.errno() == Errno.ENOMEM;
  }

  /**
   * Tells of it, and pauses for a moment.
   *
   * @param who waits
   */
  public void complain(String who, SysException e) {
    if (System.nanoTime() - complainedNs >= COMPLAINT_NS) {
      complainedNs = System.nanoTime();
      LOG.error(
          "{}: {} waits until this is over. Raise the limit of open files of this daemon.",
          e.getMessage(),
          who);
    }
    LockSupport.parkNanos(PAUSE_NS);
  }
}
