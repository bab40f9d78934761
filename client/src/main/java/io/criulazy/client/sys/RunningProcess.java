package io.criulazy.client.sys;

/**
 * A process that runs, or ran: a pid names it together with its start time for as long as the
 * machine is up.
 *
 * @param pid as this program sees it
 * @param startTime see {@link StartTime}
 */
public record RunningProcess(int pid, long startTime) {
  private static final int SIGKILL = 9;

  /** The process that has a pid now. */
  public static RunningProcess of(int pid) {
    return new RunningProcess(pid, StartTime.of(pid));
  }

  /** Whether it has not exited. */
  public boolean isAlive() {
    return startTime >= 0 && StartTime.of(pid) == startTime;
  }

  /**
   * Kills it, and never another one that has got its pid since.
   *
   * @return whether the signal was sent
   */
  public boolean kill() {
    long pidfd = LibC.call(SyscallNumbers.PIDFD_OPEN, pid);
    if (pidfd < 0) {
      return false;
    }
    try {
      return isAlive() && LibC.call(SyscallNumbers.PIDFD_SEND_SIGNAL, pidfd, SIGKILL, 0) == 0;
    } finally {
      FileDescriptor.close((int) pidfd);
    }
  }
}
