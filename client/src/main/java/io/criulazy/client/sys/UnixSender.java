package io.criulazy.client.sys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The connecting end of a unix stream socket, over which numbers and descriptors are sent. Waits
 * until there is room. Used by one thread.
 *
 * <pre>
 * struct msghdr  { void *name; socklen_t namelen; struct iovec *iov; size_t iovlen;   //  0  8 16 24
 *                  void *control; size_t controllen; int flags; };                    // 32 40 48
 * struct cmsghdr { size_t len; int level, type; };  int fd;                           // 16 bytes, then the fd
 * </pre>
 */
public final class UnixSender implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM_CLOEXEC = 0x80001;
  private static final int SOCKADDR_BYTES = 110;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int IOVEC_AT = 64;
  private static final int CONTROL_AT = 80;
  private static final int CONTROL_BYTES = 24;
  private static final int CONTROL_LENGTH = 20;
  private static final int DATA_AT = CONTROL_AT + CONTROL_BYTES;

  private final int fd;
  private final NativeBuffer memory = new NativeBuffer(DATA_AT + 8);

  private UnixSender(int fd) {
    this.fd = fd;
  }

  /**
   * Connects to a listener.
   *
   * @param path where it listens; may be longer than sun_path allows
   */
  public static UnixSender connect(Path path) throws IOException {
    int fd =
        (int)
            SysException.check(
                "socket(AF_UNIX)",
                "a new fd",
                LibC.call(SyscallNumbers.SOCKET, AF_UNIX, SOCK_STREAM_CLOEXEC, 0));
    // The kernel looks the name up like any other path, so a short way to the directory will do.
    try (DirectoryHandle directory = new DirectoryHandle(path.toAbsolutePath().getParent())) {
      String name = directory.pathOf(path.getFileName().toString());
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      NativeBuffer address = new NativeBuffer(SOCKADDR_BYTES);
      address.putShort(0, (short) AF_UNIX).putBytes(2, bytes);
      SysException.check(
          "connect",
          path.toString(),
          LibC.call(SyscallNumbers.CONNECT, fd, address.address(), 2 + bytes.length + 1));
      return new UnixSender(fd);
    } catch (IOException e) {
      FileDescriptor.close(fd);
      throw e;
    }
  }

  /** Sends a number, in native byte order. */
  public void sendWord(int word) throws SysException {
    memory.putInt(DATA_AT, word);
    send(Integer.BYTES, 0);
  }

  /** Sends a byte with another descriptor of an open file, which stays with the caller, too. */
  public void sendDescriptor(int descriptor) throws SysException {
    memory.putByte(DATA_AT, (byte) 0);
    memory.putLong(CONTROL_AT, CONTROL_LENGTH);
    memory.putInt(CONTROL_AT + 8, SOL_SOCKET).putInt(CONTROL_AT + 12, SCM_RIGHTS);
    memory.putInt(CONTROL_AT + 16, descriptor);
    send(1, CONTROL_BYTES);
  }

  private void send(int bytes, int controlBytes) throws SysException {
    long base = memory.address();
    memory.putLong(0, 0).putLong(8, 0).putLong(16, base + IOVEC_AT).putLong(24, 1);
    memory.putLong(32, controlBytes == 0 ? 0 : base + CONTROL_AT).putLong(40, controlBytes);
    memory.putLong(48, 0);
    memory.putLong(IOVEC_AT, base + DATA_AT).putLong(IOVEC_AT + 8, bytes);
    long sent =
        SysException.check(
            "sendmsg", "fd " + fd, LibC.call(SyscallNumbers.SENDMSG, fd, base, MSG_NOSIGNAL));
    if (sent != bytes) {
      throw new SysException("sendmsg", sent + " of " + bytes + " bytes sent", -Errno.EAGAIN);
    }
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
  }
}
