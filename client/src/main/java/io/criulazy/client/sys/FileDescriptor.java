package io.criulazy.client.sys;

/** Calls that work on any file descriptor. */
public final class FileDescriptor {
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int O_NONBLOCK = 0x800;
  private static final int RLIMIT_NOFILE = 7;

  private FileDescriptor() {}

  /**
   * Closes a descriptor. The kernel frees the number whatever it answers, so there is nothing to
   * report.
   */
  public static void close(int fd) {
    LibC.call(SyscallNumbers.CLOSE, fd);
  }

  /** Makes reads of a descriptor return EAGAIN where they would wait. */
  public static void setNonBlocking(int fd) throws SysException {
    long flags =
        SysException.check(
            "fcntl(F_GETFL)", "fd " + fd, LibC.call(SyscallNumbers.FCNTL, fd, F_GETFL, 0));
    SysException.check(
        "fcntl(F_SETFL)",
        "fd " + fd,
        LibC.call(SyscallNumbers.FCNTL, fd, F_SETFL, flags | O_NONBLOCK));
  }

  /**
   * Raises this process's soft limit of open descriptors to its hard limit, or as far as a {@link
   * Keeper} looks: each process of a restored tree, and each child that it forks, costs one.
   *
   * @return the limit that is in force now
   */
  public static long raiseLimit() throws SysException {
    NativeBuffer limit = new NativeBuffer(16);
    prlimit(0, limit.address());
    long hard = limit.getLong(8);
    limit.putLong(0, Long.compareUnsigned(hard, Keeper.MOST_FILES) > 0 ? Keeper.MOST_FILES : hard);
    prlimit(limit.address(), 0);
    return limit.getLong(0);
  }

  private static void prlimit(long newLimitAddress, long oldLimitAddress) throws SysException {
    SysException.check(
        "prlimit64",
        "RLIMIT_NOFILE",
        LibC.call(
            SyscallNumbers.PRLIMIT64, 0, RLIMIT_NOFILE, newLimitAddress, oldLimitAddress, 0, 0));
  }
}
