package io.criulazy.client.dump;

import io.criulazy.client.engine.Engine;
import java.io.IOException;

/** Writes a process tree into images of CRIU's format. */
public interface DumpEngine extends Engine<DumpRequest> {

  /**
   * Dumps. The tree has no io_uring any more; tasks that had one are stopped (SIGSTOP), and the
   * images have to record that, so that they come up stopped.
   *
   * @throws IOException if there are no complete images: what failed, on what, and what to do. Then
   *     every task is as it was before the call: it runs, or is stopped
   */
  void dump(DumpRequest request) throws IOException;
}
