package io.criulazy.client.fault;

import java.io.IOException;

/** A descriptor that a {@link FaultLoop} watches, and what to do when it is readable. */
public interface Watched {
  /** The descriptor; the same as long as it is watched. */
  int fd();

  /**
   * Called on the loop's thread when there is something to read, or the other end has gone. Must
   * not wait.
   */
  void ready() throws IOException;
}
