package io.criulazy.client.fault;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.Uffd;

/**
 * A process that nobody can serve, because there is no image of it. Its userfaultfd is held, so
 * that it waits at its first missing page and never reads zeros there, until whoever restored it
 * ends it.
 */
final class BlockedProcess {
  /** Where no process has memory (mmap_min_addr is at most this): only asks whether it lives. */
  private static final long NOWHERE = 0x10000;

  private final Uffd uffd;

  BlockedProcess(Uffd uffd) {
    this.uffd = uffd;
  }

  /** Closes the userfaultfd if the process has exited. */
  boolean closeIfGone() {
    boolean gone = uffd.zero(NOWHERE, PageSize.BYTES) == -Errno.ESRCH;
    if (gone) {
      uffd.close();
    }
    return gone;
  }
}
