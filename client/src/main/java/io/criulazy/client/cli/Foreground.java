package io.criulazy.client.cli;

import io.criulazy.client.engine.EndHold;
import io.criulazy.client.sys.ChildProcess;
import java.io.IOException;

/** Stays until a restored process ends. Being asked to end is handed on to it. */
final class Foreground {
  private Foreground() {}

  /**
   * Waits.
   *
   * @param pid a child of this process
   * @return its exit code, or 128 and the number of the signal that has killed it
   */
  static int await(int pid) throws IOException {
    EndHold handOn = new EndHold(() -> ChildProcess.terminate(pid));
    try {
      return ChildProcess.await(pid).shellCode();
    } finally {
      handOn.close();
    }
  }
}
