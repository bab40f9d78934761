package io.criulazy.client.dump.task;

import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedThread;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What a stopped thread is asked for by system calls that answer into memory. */
final class Asked {
  private final TracedThread thread;
  private final Scratch scratch;

  /**
   * @param scratch of the thread's process
   */
  Asked(TracedThread thread, Scratch scratch) {
    this.thread = thread;
    this.scratch = scratch;
  }

  /** Where answers go. */
  long room() {
    return scratch.address();
  }

  /** A call's result; an error is an exception that names the call. */
  long call(String name, long number, long... arguments) throws IOException {
    return SysException.check(name, thread.toString(), thread.call(number, arguments));
  }

  /** A call that may fail, as with a kernel that does not have it: the raw result. */
  long tryCall(long number, long... arguments) throws IOException {
    return thread.call(number, arguments);
  }

  /** The first bytes of what the last call has answered. */
  ByteBuffer answer(int bytes) throws IOException {
    return ByteBuffer.wrap(scratch.read(0, bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A property of prctl(2) that is its result. */
  int property(String name, int option) throws IOException {
    return (int) call("prctl(" + name + ")", SyscallNumbers.PRCTL, option, 0, 0, 0, 0);
  }

  /** A property of prctl(2) that it stores. */
  ByteBuffer stored(String name, int option) throws IOException {
    call("prctl(" + name + ")", SyscallNumbers.PRCTL, option, room(), 0, 0, 0);
    return answer(Long.BYTES);
  }
}
