package io.criulazy.client.sys;

import java.io.IOException;

/** A system call that failed: which, on what, and the kernel's reason. */
public final class SysException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /**
   * @param call the system call, as in its manual page
   * @param subject what it was called on
   * @param result the call's result: a negative error number
   */
  public SysException(String call, String subject, long result) {
    super(call + " on " + subject + ": " + Errno.describe((int) -result));
    this.errno = (int) -result;
  }

  /** The positive error number, one of {@link Errno}. */
  public int errno() {
    return errno;
  }

  /** Passes a good result through and turns a negative one into an exception. */
  public static long check(String call, String subject, long result) throws SysException {
    if (result < 0) {
      throw new SysException(call, subject, result);
    }
    return result;
  }
}
