package io.criulazy.client.sys;

/**
 * What wait4(2) says about a traced thread or a child.
 *
 * @param bits the kernel's status word
 */
public record WaitStatus(int bits) {
  /**
   * Stop signal of a system-call stop: SIGTRAP with the bit of {@link Ptrace#OPTION_SYSCALL_GOOD}.
   */
  public static final int SYSCALL_STOP = 5 | 0x80;

  /** Event of a stop that PTRACE_INTERRUPT or a stop of the whole process has brought about. */
  public static final int EVENT_STOP = 128;

  private static final int NO_HANG = 1;
  private static final int ALL = 0x40000000;

  /**
   * Asks, without waiting, for news of one thread.
   *
   * @param buffer four bytes for the answer
   * @return the tid when there are some ({@link #of} has them), 0 when there are none, or a
   *     negative error number
   */
  public static long poll(int tid, NativeBuffer buffer) {
    return LibC.call(SyscallNumbers.WAIT4, tid, buffer.address(), NO_HANG | ALL);
  }

  /** The news that {@link #poll} has left in its buffer. */
  public static WaitStatus of(NativeBuffer buffer) {
    return new WaitStatus(buffer.getInt(0));
  }

  /** Whether it is stopped; else it has ended. */
  public boolean isStopped() {
    return (bits & 0xFF) == 0x7F;
  }

  /** The signal of a stop. */
  public int stopSignal() {
    return bits >> 8 & 0xFF;
  }

  /** The PTRACE_EVENT of a stop, or 0. */
  public int event() {
    return bits >> 16 & 0xFFFF;
  }

  /** What a shell calls it when it has ended: its exit code, or 128 and the signal's number. */
  public int shellCode() {
    int signal = bits & 0x7F;
    return signal == 0 ? bits >> 8 & 0xFF : 128 + signal;
  }

  /** How it stopped or ended, for a message. */
  public String describe() {
    if (isStopped()) {
      return "stopped by signal " + stopSignal() + (event() == 0 ? "" : ", event " + event());
    }
    int signal = bits & 0x7F;
    return signal == 0 ? "exited with " + (bits >> 8 & 0xFF) : "killed by signal " + signal;
  }
}
