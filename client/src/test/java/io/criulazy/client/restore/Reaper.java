package io.criulazy.client.restore;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;

/** Kills and reaps a restored process, which is a child of this JVM. */
public final class Reaper implements AutoCloseable {
  private static final int SIGKILL = 9;

  private final int pid;

  public Reaper(long pid) {
    this.pid = (int) pid;
  }

  public int pid() {
    return pid;
  }

  @Override
  public void close() {
    SystemCall.call(SyscallNumbers.KILL, pid, SIGKILL);
    SystemCall.call(SyscallNumbers.WAIT4, pid, 0, 0, 0);
  }
}
