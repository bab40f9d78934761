package io.criulazy.client.trace;

import io.criulazy.client.sys.SystemCall;
import java.io.IOException;

/** System calls of some thread: a traced one, or the calling one itself. */
@FunctionalInterface
public interface RemoteCalls {
  /** The calls of the thread that asks for them. */
  RemoteCalls OWN = SystemCall::call;

  /**
   * Makes a system call there. What it points to lies in the memory of that thread's process.
   *
   * @param number one of {@link io.criulazy.client.sys.SyscallNumbers}
   * @param arguments at most six
   * @return the result, or a negative error number
   * @throws IOException if the thread can't make calls (any more)
   */
  long call(long number, long... arguments) throws IOException;
}
