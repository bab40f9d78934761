package io.criulazy.client.fault;

import io.criulazy.client.sys.Uffd;

/**
 * A process that nobody can serve, because there is no image of it. Its userfaultfd is held, so
 * that it waits at its first missing page and never reads zeros there, until whoever restored it
 * ends it.
 */
final class BlockedProcess {
  private final Uffd uffd;

  BlockedProcess(Uffd uffd) {
    this.uffd = uffd;
  }

  /** Closes the userfaultfd if the process has exited. */
  boolean closeIfGone() {
    boolean gone = uffd.isProcessGone();
    if (gone) {
      uffd.close();
    }
    return gone;
  }
}
