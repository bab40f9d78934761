package io.criulazy.client.sys;

/** Children of this process that the JVM knows nothing of. */
public final class ChildProcess {
  private static final int PR_SET_CHILD_SUBREAPER = 36;
  private static final int NO_HANG = 1;
  private static final int WAIT_ALL = 0x40000000;
  private static final int SIGKILL = 9;
  private static final int SIGTERM = 15;

  private ChildProcess() {}

  /**
   * From now on descendants whose parent ends become children of this process, and not of init: a
   * process that a criu has restored and left can be waited for. Stays so.
   *
   * @throws SysException if the kernel refuses
   */
  public static void adoptOrphans() throws SysException {
    SysException.check(
        "prctl(PR_SET_CHILD_SUBREAPER)",
        "this process",
        LibC.call(SyscallNumbers.PRCTL, PR_SET_CHILD_SUBREAPER, 1, 0));
  }

  /**
   * Waits until a child ends, and reaps it. The calling thread waits in the kernel.
   *
   * @throws SysException if there is no such child
   */
  public static WaitStatus await(int pid) throws SysException {
    NativeBuffer status = new NativeBuffer(4);
    long result;
    do {
      result = LibC.call(SyscallNumbers.WAIT4, pid, status.address(), WAIT_ALL);
    } while (result == -Errno.EINTR);
    SysException.check("wait4", "process " + pid, result);
    return WaitStatus.of(status);
  }

  /**
   * Reaps a child if it has ended, without waiting.
   *
   * @return whether there is no such child any more, or never was
   */
  public static boolean reap(int pid) {
    NativeBuffer status = new NativeBuffer(4);
    return LibC.call(SyscallNumbers.WAIT4, pid, status.address(), WAIT_ALL | NO_HANG) != 0;
  }

  /** Kills a child and reaps it. */
  public static void end(int pid) {
    kill(pid);
    LibC.call(SyscallNumbers.WAIT4, pid, 0, WAIT_ALL);
  }

  /** Asks any process to end, if it is there. */
  public static void terminate(int pid) {
    LibC.call(SyscallNumbers.KILL, pid, SIGTERM, 0);
  }

  /** Kills any process, if it is there. */
  public static void kill(int pid) {
    LibC.call(SyscallNumbers.KILL, pid, SIGKILL, 0);
  }

  /** Whether a process is in this process's group. */
  public static boolean isInOwnGroup(int pid) {
    long own = SystemCall.call(SyscallNumbers.GETPGID, 0);
    return SystemCall.call(SyscallNumbers.GETPGID, pid) == own;
  }
}
