package io.criulazy.client.sys;

/** kcmp(2): whether two processes share something of the kernel's (uapi linux/kcmp.h). */
public final class Kcmp {
  /** Open file descriptions; the indexes are descriptors. */
  public static final int FILE = 0;

  /** Address spaces. */
  public static final int VM = 1;

  /** Tables of descriptors. */
  public static final int FILES = 2;

  /** Root, working directory and umask. */
  public static final int FS = 3;

  /** Signal actions. */
  public static final int SIGHAND = 4;

  private static final int EPOLL_TARGET = 7;

  private Kcmp() {}

  /** Whether it is the same; the indexes are 0 but for {@link #FILE}. */
  public static boolean isSame(int pid1, int pid2, int type, long index1, long index2)
      throws SysException {
    return SysException.check(
            "kcmp",
            "pid " + pid1 + " and pid " + pid2,
            LibC.call(SyscallNumbers.KCMP, pid1, pid2, type, index1, index2, 0))
        == 0;
  }

  /**
   * Whether a descriptor is the file that an epoll set watches under that number.
   *
   * <pre>
   * struct kcmp_epoll_slot { __u32 efd, tfd, toff; };
   * </pre>
   *
   * @param occurrence 0 for the first file that was added under that number
   */
  public static boolean isEpollTarget(int pid, int fd, int epollFd, int occurrence) {
    NativeBuffer slot = new NativeBuffer(16).putInt(0, epollFd).putInt(4, fd).putInt(8, occurrence);
    return LibC.call(SyscallNumbers.KCMP, pid, pid, EPOLL_TARGET, fd, slot.address(), 0) == 0;
  }
}
