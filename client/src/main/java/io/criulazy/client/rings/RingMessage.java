package io.criulazy.client.rings;

import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;

/**
 * Posts completions into a ring from outside, without a ring of our own (SEND_MSG_RING, Linux
 * 6.13).
 *
 * <pre>
 * struct io_uring_sqe { u8 opcode = MSG_RING, flags; u16 ioprio; s32 fd; u64 off = user_data;
 *     u64 addr = MSG_DATA; u32 len = res; u32 msg_ring_flags = FLAGS_PASS; u64 user_data;
 *     u16 buf_index, personality; u32 file_index = flags; ... };
 * </pre>
 */
final class RingMessage {
  /** Room for a submission entry, the large kind. */
  static final int BYTES = 128;

  private RingMessage() {}

  /**
   * Posts one.
   *
   * @param message room for a submission entry
   * @param fd the ring's descriptor in this process
   */
  static void send(NativeBuffer message, int fd, long userData, int result, int flags)
      throws SysException {
    message.putInt(0, Uring.OP_MSG_RING).putInt(4, fd).putLong(8, userData);
    message.putLong(16, 0).putInt(24, result).putInt(28, Uring.MSG_RING_FLAGS_PASS);
    message.putInt(44, flags);
    long sent =
        SystemCall.call(
            SyscallNumbers.IO_URING_REGISTER,
            -1,
            Uring.REGISTER_SEND_MSG_RING,
            message.address(),
            1);
    SysException.check("io_uring_register(SEND_MSG_RING)", "a ring", sent);
  }

  /** A ring that defers its work takes messages in when its owner enters the kernel for it. */
  static void letIn(TracedThread owner, IoUringRing ring) throws IOException {
    if ((ring.setupFlags() & Uring.SETUP_DEFER_TASKRUN) != 0) {
      long result =
          owner.call(
              SyscallNumbers.IO_URING_ENTER,
              ring.fds().get(0).fd(),
              0,
              0,
              Uring.ENTER_GETEVENTS,
              0,
              0);
      SysException.check("io_uring_enter", owner.toString(), result);
    }
  }
}
