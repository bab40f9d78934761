package io.criulazy.client.fault;

import io.criulazy.client.sys.Errno;

/** What can come of putting pages into a process. */
enum CopyOutcome {
  /** Some or all of the pages are in place. */
  COPIED,
  /** There is a page already: somebody else was faster. */
  PRESENT,
  /** The bytes are being fetched: the source tells when they are here. */
  AWAITED,
  /** The bytes can't be had: see {@link LostPages}. */
  LOST,
  /** An unread event or a change under way: read events, plan anew. */
  CHANGING,
  /** No registered VMA there, or it ends within the range. */
  NOT_MAPPED,
  /** The process has exited. */
  PROCESS_GONE,
  /** The process's memory limit doesn't allow another page now. */
  NO_MEMORY,
  /** Our source can't be read: the image file has become shorter, or its disk fails. */
  SOURCE_UNREADABLE,
  /** Anything else: a defect of ours or a kernel that we don't know. */
  REFUSED;

  /**
   * Reads the result of {@code Uffd.copy}, {@code zero} or {@code poison}.
   *
   * @param result a count of bytes or a negative error number
   */
  static CopyOutcome of(long result) {
    if (result > 0) {
      return COPIED;
    }
    return switch ((int) -result) {
      case Errno.EEXIST -> PRESENT;
      case Errno.EAGAIN, Errno.EINTR -> CHANGING;
      case Errno.ENOENT -> NOT_MAPPED;
      case Errno.ESRCH, Errno.ENOSPC -> PROCESS_GONE; // ENOSPC: before Linux 4.13
      case Errno.ENOMEM -> NO_MEMORY;
      case Errno.EFAULT -> SOURCE_UNREADABLE;
      default -> REFUSED;
    };
  }
}
