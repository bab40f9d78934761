package io.criulazy.client.restore;

import io.criulazy.client.engine.Engine;
import java.io.IOException;

/** Brings a process tree back from images of CRIU's format. */
public interface RestoreEngine extends Engine<RestoreRequest> {

  /**
   * Restores. When this returns each task runs, or is stopped (SIGSTOP) if the images say that it
   * was: one that had an io_uring is, and has not carried out an instruction yet. None is traced.
   *
   * <p>The root is a child of the caller's, or becomes one by its being a child subreaper, and can
   * be waited for; unless that is detached.
   *
   * @return the root's pid, as this process sees it
   * @throws IOException if it can't be done: what failed, on what, and what to do. Then nothing of
   *     the tree is left
   */
  int restore(RestoreRequest request) throws IOException;
}
