package io.criulazy.client.sys;

/**
 * The nice value of one thread of this process. Linux keeps it per thread: {@code
 * setpriority(PRIO_PROCESS, tid)}. Any thread may change any other's; raising one again needs
 * CAP_SYS_NICE or a suitable RLIMIT_NICE.
 */
public final class ThreadPriority {
  private static final int PRIO_PROCESS = 0;

  private final int tid;

  private ThreadPriority(int tid) {
    this.tid = tid;
  }

  /** A handle of the calling thread. */
  public static ThreadPriority ofCurrentThread() {
    return new ThreadPriority((int) LibC.call(SyscallNumbers.GETTID, 0));
  }

  /**
   * Sets the nice value.
   *
   * @param nice -20 (most) to 19 (least)
   * @return whether the kernel allowed it
   */
  public boolean set(int nice) {
    return LibC.call(SyscallNumbers.SETPRIORITY, PRIO_PROCESS, tid, nice) >= 0;
  }
}
