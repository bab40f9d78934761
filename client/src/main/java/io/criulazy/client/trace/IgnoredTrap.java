package io.criulazy.client.trace;

import io.criulazy.client.sys.SyscallNumbers;
import java.io.IOException;

/**
 * A process that ignores SIGTRAP: the kernel takes that back when it meets a breakpoint, so it is
 * set again after a stub.
 */
final class IgnoredTrap {
  private static final int SIGTRAP = 5;
  private static final int SIGNAL_SET_BYTES = 8;
  private static final int ACTION_BYTES = 32;

  private final TracedThread thread;
  private final boolean ignored;

  private IgnoredTrap(TracedThread thread, boolean ignored) {
    this.thread = thread;
    this.ignored = ignored;
  }

  static IgnoredTrap of(TracedThread thread) {
    String ignored = ProcTasks.status(thread.tid(), "SigIgn").orElse("0");
    boolean trap = (Long.parseUnsignedLong(ignored, 16) >> (SIGTRAP - 1) & 1) != 0;
    return new IgnoredTrap(thread, trap);
  }

  void restore() throws IOException {
    if (!ignored) {
      return;
    }
    try (Scratch scratch = Scratch.allocate(thread, ACTION_BYTES)) {
      byte[] ignore = new byte[ACTION_BYTES];
      ignore[0] = 1; // SIG_IGN
      scratch.write(0, ignore);
      thread.call(SyscallNumbers.RT_SIGACTION, SIGTRAP, scratch.address(), 0, SIGNAL_SET_BYTES);
    }
  }
}
