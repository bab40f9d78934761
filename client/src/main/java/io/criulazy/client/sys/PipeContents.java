package io.criulazy.client.sys;

import java.io.ByteArrayOutputStream;

/** What a pipe holds, looked at without taking it out. */
public final class PipeContents {
  private static final int F_SETPIPE_SZ = 1031;
  private static final int F_GETPIPE_SZ = 1032;
  private static final int O_CLOEXEC_NONBLOCK = 0x80800;
  private static final int SPLICE_F_NONBLOCK = 2;

  private PipeContents() {}

  /** How much it can hold, in bytes. */
  public static int capacityBytes(int fd) throws SysException {
    return (int)
        SysException.check(
            "fcntl(F_GETPIPE_SZ)", "a pipe", LibC.call(SyscallNumbers.FCNTL, fd, F_GETPIPE_SZ, 0));
  }

  /**
   * The bytes in a pipe.
   *
   * @param fd an end that can be read
   */
  public static byte[] peek(int fd) throws SysException {
    int capacity = capacityBytes(fd);
    NativeBuffer ends = new NativeBuffer(8);
    SysException.check(
        "pipe2", "a copy", LibC.call(SyscallNumbers.PIPE2, ends.address(), O_CLOEXEC_NONBLOCK, 0));
    int read = ends.getInt(0);
    int write = ends.getInt(4);
    try {
      SysException.check(
          "fcntl(F_SETPIPE_SZ)",
          "a copy of a pipe of " + capacity + " bytes",
          LibC.call(SyscallNumbers.FCNTL, write, F_SETPIPE_SZ, capacity));
      long copied = LibC.call(SyscallNumbers.TEE, fd, write, capacity, SPLICE_F_NONBLOCK, 0, 0);
      if (copied == -Errno.EAGAIN) {
        return new byte[0];
      }
      SysException.check("tee", "a pipe", copied);
      return drain(read, capacity);
    } finally {
      FileDescriptor.close(read);
      FileDescriptor.close(write);
    }
  }

  private static byte[] drain(int fd, int capacity) throws SysException {
    NativeBuffer chunk = new NativeBuffer(capacity);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (true) {
      long got = LibC.result(LibC.FUNCTIONS.read(fd, chunk.address(), capacity));
      if (got == -Errno.EAGAIN) {
        return bytes.toByteArray();
      }
      SysException.check("read", "a copy of a pipe", got);
      bytes.writeBytes(chunk.getBytes(0, (int) got));
    }
  }
}
