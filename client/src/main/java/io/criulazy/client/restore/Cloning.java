package io.criulazy.client.restore;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * clone3(2) in a husk, with the recorded id.
 *
 * <pre>
 * struct clone_args { u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls,
 *     set_tid, set_tid_size, cgroup; };
 * </pre>
 */
final class Cloning {
  /** The new process is a sibling of the one that makes it. */
  static final long PARENT = 0x8000;

  /** All signals have their default action. */
  static final long CLEAR_SIGNAL_ACTIONS = 1L << 32;

  private static final int SIGCHLD = 17;
  private static final long THREAD = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000;
  private static final int ARGUMENT_BYTES = 88;
  private static final int FLAGS_AT = 0;
  private static final int EXIT_SIGNAL_AT = 32;
  private static final int SET_TID_AT = 64;
  private static final int SET_TID_SIZE_AT = 72;

  private Cloning() {}

  /** Makes a process. */
  static int process(Workshop workshop, int pid, long flags) throws IOException {
    // With CLONE_PARENT it is that of the one that makes it, and may not be given.
    return make(workshop, pid, flags, (flags & PARENT) != 0 ? 0 : SIGCHLD);
  }

  /** Makes a thread. */
  static int thread(Workshop workshop, int tid) throws IOException {
    return make(workshop, tid, THREAD, 0);
  }

  private static int make(Workshop workshop, int id, long flags, int exitSignal)
      throws IOException {
    long idAddress = workshop.put(ForeignMemory.layout(Integer.BYTES).putInt(id).array());
    ByteBuffer argument = ForeignMemory.layout(ARGUMENT_BYTES);
    argument.putLong(FLAGS_AT, flags).putLong(EXIT_SIGNAL_AT, exitSignal);
    argument.putLong(SET_TID_AT, idAddress).putLong(SET_TID_SIZE_AT, 1);
    long address = workshop.put(argument.array());
    long result = workshop.call(SyscallNumbers.CLONE3, address, ARGUMENT_BYTES);
    if (result == -Errno.EEXIST) {
      throw new IOException(
          "the pid %d is in use: end that process, or restore into a pid namespace of its own"
              .formatted(id));
    }
    return (int) SysException.check("clone3", "pid " + id, result);
  }
}
