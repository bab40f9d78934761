package io.criulazy.client.restore;

import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.proto.image.task.ThreadCore;
import java.io.IOException;

/**
 * How a thread is scheduled.
 *
 * <pre>
 * struct sched_attr { u32 size, policy; u64 flags; s32 nice; u32 priority; u64 runtime, deadline,
 *     period; };
 * </pre>
 */
final class Scheduling {
  private static final int ATTRIBUTE_BYTES = 48;

  private Scheduling() {}

  /** Sets it from outside. */
  static void set(int tid, ThreadCore thread) throws IOException {
    if (thread.policy().isEmpty() && thread.nice().isEmpty()) {
      return;
    }
    NativeBuffer attribute = new NativeBuffer(ATTRIBUTE_BYTES);
    attribute.putInt(0, ATTRIBUTE_BYTES).putInt(4, thread.policy().orElse(0));
    attribute.putInt(16, thread.nice().orElse(0)).putInt(20, thread.priority().orElse(0));
    SysException.check(
        "sched_setattr",
        "thread " + tid,
        SystemCall.call(SyscallNumbers.SCHED_SETATTR, tid, attribute.address(), 0));
  }
}
