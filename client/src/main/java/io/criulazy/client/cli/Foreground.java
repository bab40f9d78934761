package io.criulazy.client.cli;

import io.criulazy.client.engine.EndHold;
import io.criulazy.client.sys.ChildProcess;
import io.criulazy.client.sys.Signals;
import java.io.IOException;

/**
 * Stays until a restored process ends. Being asked to end, from the moment that this is made, is
 * handed on to that process as soon as there is one.
 */
final class Foreground implements AutoCloseable {
  private static final int NONE_YET = 0;

  private final EndHold hold = new EndHold(this::handOn);
  private int child = NONE_YET;
  private boolean askedToEnd;
  private boolean interruptedEarly;

  /**
   * @param shellJob whether the process may be in this one's group: then the terminal's Ctrl-C
   *     reaches both, and is the process's own matter
   */
  Foreground(boolean shellJob) {
    if (shellJob) {
      Signals.onInterrupt(this::interrupted);
    }
  }

  private synchronized void interrupted() {
    if (child == NONE_YET) {
      interruptedEarly = true;
    } else if (!ChildProcess.isInOwnGroup(child)) {
      handOn();
    }
  }

  private synchronized void handOn() {
    askedToEnd = true;
    if (child != NONE_YET) {
      ChildProcess.terminate(child);
    }
  }

  /**
   * Waits.
   *
   * @param pid a child of this process
   * @return its exit code, or 128 and the number of the signal that has killed it
   */
  int await(int pid) throws IOException {
    synchronized (this) {
      child = pid;
      // One that is in this group was told by the terminal: it has run for a while.
      if (askedToEnd || interruptedEarly && !ChildProcess.isInOwnGroup(pid)) {
        ChildProcess.terminate(pid);
      }
    }
    return ChildProcess.await(pid).shellCode();
  }

  /** Lets this program end. */
  @Override
  public void close() {
    hold.close();
  }
}
