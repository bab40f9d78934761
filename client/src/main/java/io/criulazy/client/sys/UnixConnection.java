package io.criulazy.client.sys;

import java.nio.file.Path;

/**
 * A connected unix stream socket on which numbers and descriptors arrive.
 *
 * <pre>
 * struct msghdr  { void *name; socklen_t namelen; struct iovec *iov; size_t iovlen;   //  0  8 16 24
 *                  void *control; size_t controllen; int flags; };                    // 32 40 48
 * struct cmsghdr { size_t len; int level, type; };  int fd;                           // 16 bytes, then the fd
 * struct ucred   { pid_t pid; uid_t uid; gid_t gid; };
 * </pre>
 *
 * Never waits. Used by one thread.
 */
public final class UnixConnection implements AutoCloseable {
  /** There is nothing to read now. */
  public static final int NOTHING_YET = -1;

  /** The peer has closed. */
  public static final int END = 0;

  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int SO_PEERCRED = 17;
  private static final int SO_ACCEPTCONN = 30;
  private static final int AF_UNIX = 1;
  private static final int SOCKADDR_BYTES = 110;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int MSG_CTRUNC = 0x8;

  private static final int MSGHDR_BYTES = 56;
  private static final int IOVEC_AT = 64;
  private static final int CONTROL_AT = 80;
  private static final int CONTROL_BYTES = 64;
  private static final int DATA_AT = CONTROL_AT + CONTROL_BYTES;
  private static final int CMSG_HEADER_BYTES = 16;

  private final int fd;
  private final NativeBuffer memory = new NativeBuffer(DATA_AT + 16);
  private int receivedFd = -1;

  /** Takes over a connected socket. */
  public UnixConnection(int fd) {
    this.fd = fd;
  }

  /** Whether a socket is a connection that was accepted at a path, and not the listener there. */
  static boolean isAcceptedAt(int fd, Path path) {
    NativeBuffer name = new NativeBuffer(4 + SOCKADDR_BYTES).putInt(0, SOCKADDR_BYTES);
    long result = LibC.call(SyscallNumbers.GETSOCKNAME, fd, name.address() + 4, name.address());
    if (result < 0 || name.getByte(4) != AF_UNIX || isListening(fd)) {
      return false;
    }
    StringBuilder bound = new StringBuilder();
    for (int at = 6; at < 4 + SOCKADDR_BYTES && name.getByte(at) != 0; at++) {
      bound.append((char) name.getByte(at));
    }
    return bound.toString().endsWith("/" + path.getFileName());
  }

  private static boolean isListening(int fd) {
    NativeBuffer value = new NativeBuffer(8).putInt(4, 4);
    LibC.call(
        SyscallNumbers.GETSOCKOPT,
        fd,
        SOL_SOCKET,
        SO_ACCEPTCONN,
        value.address(),
        value.address() + 4,
        0);
    return value.getInt(0) != 0;
  }

  /** Credentials of the process at the other end, as the kernel vouches for them. */
  public record PeerCredentials(int pid, int uid, int gid) {}

  /** The descriptor to watch. */
  public int fd() {
    return fd;
  }

  /** Who connected. */
  public PeerCredentials peer() throws SysException {
    NativeBuffer credentials = new NativeBuffer(16).putInt(12, 12);
    SysException.check(
        "getsockopt(SO_PEERCRED)",
        "fd " + fd,
        LibC.call(
            SyscallNumbers.GETSOCKOPT,
            fd,
            SOL_SOCKET,
            SO_PEERCRED,
            credentials.address(),
            credentials.address() + 12,
            0));
    return new PeerCredentials(credentials.getInt(0), credentials.getInt(4), credentials.getInt(8));
  }

  /**
   * Receives up to {@code bytes} bytes, and a descriptor if one comes with them. Bytes are never
   * taken from beyond a message that carries a descriptor, so that the two stay together.
   *
   * @param bytes 1 to 16
   * @return how many came, or {@link #END}, or {@link #NOTHING_YET}
   */
  public int receive(int bytes) throws SysException {
    return receiveTo(memory.address() + DATA_AT, bytes);
  }

  /** As {@link #receive}, into a buffer of the caller's. */
  public int receiveInto(NativeBuffer buffer, int offset, int bytes) throws SysException {
    return receiveTo(buffer.address() + offset, bytes);
  }

  private int receiveTo(long address, int bytes) throws SysException {
    long base = memory.address();
    memory.putLong(0, 0).putLong(8, 0).putLong(16, base + IOVEC_AT).putLong(24, 1);
    memory.putLong(32, base + CONTROL_AT).putLong(40, CONTROL_BYTES).putLong(48, 0);
    memory.putLong(IOVEC_AT, address).putLong(IOVEC_AT + 8, bytes);
    long result = LibC.call(SyscallNumbers.RECVMSG, fd, base, MSG_CMSG_CLOEXEC);
    if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
      return NOTHING_YET;
    }
    SysException.check("recvmsg", "fd " + fd, result);
    takeDescriptors();
    return (int) result;
  }

  private void takeDescriptors() throws SysException {
    long controlBytes = memory.getLong(40);
    if (controlBytes < CMSG_HEADER_BYTES + 4
        || memory.getInt(CONTROL_AT + 8) != SOL_SOCKET
        || memory.getInt(CONTROL_AT + 12) != SCM_RIGHTS) {
      return;
    }
    int descriptors = (int) (memory.getLong(CONTROL_AT) - CMSG_HEADER_BYTES) / 4;
    boolean truncated = (memory.getInt(48) & MSG_CTRUNC) != 0;
    if (descriptors == 1 && !truncated && receivedFd < 0) {
      receivedFd = memory.getInt(CONTROL_AT + CMSG_HEADER_BYTES);
      return;
    }
    for (int i = 0; i < descriptors; i++) {
      FileDescriptor.close(memory.getInt(CONTROL_AT + CMSG_HEADER_BYTES + 4 * i));
    }
    throw new SysException(
        "recvmsg(SCM_RIGHTS)", descriptors + " descriptors where one was due", -Errno.EINVAL);
  }

  /**
   * Hands the received descriptor over to the caller.
   *
   * @return it, or -1 if none has come since the last call
   */
  public int takeDescriptor() {
    int taken = receivedFd;
    receivedFd = -1;
    return taken;
  }

  @Override
  public void close() {
    if (receivedFd >= 0) {
      FileDescriptor.close(receivedFd);
    }
    FileDescriptor.close(fd);
  }
}
