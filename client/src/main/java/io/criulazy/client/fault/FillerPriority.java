package io.criulazy.client.fault;

import io.criulazy.client.sys.ThreadPriority;

/**
 * The priority of a filler thread: low, and normal while the fault loop waits for it. Without the
 * right to raise it again (CAP_SYS_NICE) it is never lowered. Made by the filler thread itself.
 */
final class FillerPriority {
  private static final int NICE_NORMAL = 0;
  private static final int NICE_LOW = 15;

  private static final int NICE_PROBE = 1;

  private final ThreadPriority thread = ThreadPriority.ofCurrentThread();
  private final boolean mayRaise = thread.set(NICE_PROBE) && thread.set(NICE_NORMAL);
  private volatile boolean lowered;

  /** Lowers the priority if it isn't low; called by the filler between copies. */
  void lower() {
    if (mayRaise && !lowered) {
      thread.set(NICE_LOW);
      lowered = true;
    }
  }

  /** Raises the priority; called by the fault loop that waits for the filler. */
  void raise() {
    if (lowered) {
      thread.set(NICE_NORMAL);
      lowered = false;
    }
  }
}
