package io.criulazy.client.rings;

import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;

/**
 * A ring of this process, made like another one, to see how the kernel lays such a ring out. Closed
 * by whoever made it.
 *
 * @param fd its descriptor
 * @param sqArrayOffset where the index array is in the rings' memory; 0 with NO_SQARRAY
 * @param cqesOffset where the completions are
 */
record TwinRing(int fd, int sqArrayOffset, int cqesOffset) implements AutoCloseable {
  /** Its polling thread, if any, sleeps after so long. */
  static final int SQ_THREAD_IDLE_MS = 1000;

  /** Makes a ring with these flags, but not bound to a CPU. */
  static TwinRing of(int setupFlags, int sqEntries, int cqEntries) throws SysException {
    NativeBuffer params = new NativeBuffer(Uring.PARAMS_BYTES);
    params.putInt(Uring.PARAMS_CQ_ENTRIES, cqEntries);
    params.putInt(Uring.PARAMS_FLAGS, setupFlags & ~Uring.SETUP_SQ_AFF | Uring.SETUP_CQSIZE);
    params.putInt(Uring.PARAMS_SQ_THREAD_IDLE, SQ_THREAD_IDLE_MS);
    long fd = SystemCall.call(SyscallNumbers.IO_URING_SETUP, sqEntries, params.address());
    SysException.check("io_uring_setup", RingFlags.describe(setupFlags), fd);
    return new TwinRing(
        (int) fd, params.getInt(Uring.PARAMS_SQ_ARRAY), params.getInt(Uring.PARAMS_CQES));
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
  }
}
