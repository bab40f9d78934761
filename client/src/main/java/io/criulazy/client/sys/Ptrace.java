package io.criulazy.client.sys;

/**
 * ptrace(2), one request a method, on a thread that was seized (uapi linux/ptrace.h).
 *
 * <p>The kernel ties a tracee to the thread that seized it: all requests and all {@link
 * WaitStatus#poll} calls for it are made on that one thread. Results are values or negative error
 * numbers; {@code -ESRCH} means that the thread is not stopped, or that it has been killed.
 */
public final class Ptrace {
  /** A stop at a system call's entry or exit is told from a SIGTRAP. */
  public static final int OPTION_SYSCALL_GOOD = 1;

  /** New processes and threads are traced from their first instruction on. */
  public static final int OPTION_CHILDREN = 2 | 4 | 8;

  /** The thread is killed when its tracer ends. */
  public static final int OPTION_EXIT_KILL = 1 << 20;

  /** Seccomp filters do not see its calls while it is traced (needs CAP_SYS_ADMIN). */
  public static final int OPTION_SUSPEND_SECCOMP = 1 << 21;

  /** Register sets, by their ELF note types. */
  public static final int GENERAL_REGISTERS = 1;

  public static final int X86_EXTENDED_STATE = 0x202;

  /** Bytes of siginfo_t. */
  public static final int SIGNAL_INFO_BYTES = 128;

  private static final int CONT = 7;
  private static final int DETACH = 17;
  private static final int SYSCALL = 24;
  private static final int GETEVENTMSG = 0x4201;
  private static final int GETSIGINFO = 0x4202;
  private static final int GETREGSET = 0x4204;
  private static final int SETREGSET = 0x4205;
  private static final int SEIZE = 0x4206;
  private static final int INTERRUPT = 0x4207;
  private static final int PEEKSIGINFO = 0x4209;
  private static final int GETSIGMASK = 0x420A;
  private static final int SETSIGMASK = 0x420B;
  private static final int GET_RSEQ_CONFIGURATION = 0x420F;

  private static final int MASK_BYTES = 8;
  private static final int PEEK_SHARED = 1;

  private Ptrace() {}

  /** Begins to trace a thread without stopping it. */
  public static long seize(int tid, int options) {
    return request(SEIZE, tid, 0, options);
  }

  /** Asks for a stop; the thread does not notice. */
  public static long interrupt(int tid) {
    return request(INTERRUPT, tid, 0, 0);
  }

  /** Lets it run; {@code signal} is delivered if it stands before a delivery, 0 is none. */
  public static long cont(int tid, int signal) {
    return request(CONT, tid, 0, signal);
  }

  /** Lets it run to the next entry to or exit from a system call. */
  public static long continueToSyscall(int tid) {
    return request(SYSCALL, tid, 0, 0);
  }

  /** Lets go of a stopped thread, which goes on. */
  public static long detach(int tid) {
    return request(DETACH, tid, 0, 0);
  }

  /**
   * Reads a set of registers.
   *
   * @param into a whole register set; a larger buffer is good
   * @return the bytes that the kernel has written
   */
  public static long readRegisters(int tid, int set, NativeBuffer into) {
    NativeBuffer vector = vector(into, into.sizeBytes());
    long result = request(GETREGSET, tid, set, vector.address());
    return result < 0 ? result : vector.getLong(8);
  }

  /** Writes the first {@code bytes} bytes of a set of registers. */
  public static long writeRegisters(int tid, int set, NativeBuffer from, int bytes) {
    NativeBuffer vector = vector(from, bytes);
    return request(SETREGSET, tid, set, vector.address());
  }

  private static NativeBuffer vector(NativeBuffer buffer, int bytes) {
    return new NativeBuffer(16).putLong(0, buffer.address()).putLong(8, bytes);
  }

  /** The message of an event stop: the new thread's id, for instance. */
  public static long eventMessage(int tid, NativeBuffer eightBytes) {
    return request(GETEVENTMSG, tid, 0, eightBytes.address());
  }

  /**
   * The signal that it stands before, as a siginfo_t.
   *
   * @param into {@link #SIGNAL_INFO_BYTES}
   */
  public static long signalInfo(int tid, NativeBuffer into) {
    return request(GETSIGINFO, tid, 0, into.address());
  }

  /**
   * Signals that wait to be delivered, as siginfo_t, without taking them.
   *
   * @param shared those of the whole process, or else those of this thread
   * @param first number of the first one in the queue
   * @param into room for a whole number of siginfo_t
   * @return how many were there
   */
  public static long pendingSignals(int tid, boolean shared, long first, NativeBuffer into) {
    NativeBuffer argument =
        new NativeBuffer(16)
            .putLong(0, first)
            .putInt(8, shared ? PEEK_SHARED : 0)
            .putInt(12, into.sizeBytes() / SIGNAL_INFO_BYTES);
    return request(PEEKSIGINFO, tid, argument.address(), into.address());
  }

  /** Which signals it blocks: bit n-1 for signal n. */
  public static long signalMask(int tid, NativeBuffer eightBytes) {
    return request(GETSIGMASK, tid, MASK_BYTES, eightBytes.address());
  }

  /** Sets which signals it blocks. */
  public static long setSignalMask(int tid, NativeBuffer eightBytes) {
    return request(SETSIGMASK, tid, MASK_BYTES, eightBytes.address());
  }

  /**
   * Where it has registered its restartable sequences (Linux 5.13).
   *
   * <pre>
   * struct ptrace_rseq_configuration { __u64 pointer; __u32 size, signature, flags, pad; };
   * </pre>
   *
   * @param into 24 bytes
   */
  public static long rseqConfiguration(int tid, NativeBuffer into) {
    return request(GET_RSEQ_CONFIGURATION, tid, into.sizeBytes(), into.address());
  }

  private static long request(int request, int tid, long address, long data) {
    return LibC.call(SyscallNumbers.PTRACE, request, tid, address, data, 0, 0);
  }
}
