package io.criulazy.client.sys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A connected unix stream socket on which numbers and descriptors arrive.
 *
 * <pre>
 * struct msghdr  { void *name; socklen_t namelen; struct iovec *iov; size_t iovlen;   //  0  8 16 24
 *                  void *control; size_t controllen; int flags; };                    // 32 40 48
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
  private static final int SO_PEERCRED = 17;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_DOMAIN = 39;
  private static final int AF_UNIX = 1;
  private static final int SOCKADDR_BYTES = 110;
  private static final int FIONREAD = 0x541B;
  private static final short POLLIN = 1;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int MSG_CTRUNC = 0x8;
  private static final int MSG_PEEK = 0x2;

  private static final int MSGHDR_BYTES = 56;
  private static final int IOVEC_AT = 64;
  private static final int CONTROL_AT = 80;
  private static final int DATA_AT = CONTROL_AT + ControlMessages.BYTES;

  private final int fd;
  private final NativeBuffer memory = new NativeBuffer(DATA_AT + 16);
  private final ControlMessages control = new ControlMessages(memory, CONTROL_AT);
  private int receivedFd = -1;

  /** Takes over a connected socket. */
  public UnixConnection(int fd) {
    this.fd = fd;
  }

  /** Where the socket was bound by which a connection was accepted; empty if it is no such one. */
  static Optional<Path> acceptedAt(int fd) {
    return isConnected(fd) ? boundAt(fd) : Optional.empty();
  }

  /** Also if the peer has closed by now. One that is bound only is neither this nor a listener. */
  private static boolean isConnected(int fd) {
    NativeBuffer name = new NativeBuffer(4 + SOCKADDR_BYTES).putInt(0, SOCKADDR_BYTES);
    return LibC.call(SyscallNumbers.GETPEERNAME, fd, name.address() + 4, name.address()) == 0;
  }

  /** Where a socket was bound, or the one by which it was accepted. */
  static Optional<Path> boundAt(int fd) {
    NativeBuffer name = new NativeBuffer(4 + SOCKADDR_BYTES).putInt(0, SOCKADDR_BYTES);
    long result = LibC.call(SyscallNumbers.GETSOCKNAME, fd, name.address() + 4, name.address());
    if (result < 0 || name.getByte(4) != AF_UNIX) {
      return Optional.empty();
    }
    int end = 6;
    while (end < 4 + SOCKADDR_BYTES && name.getByte(end) != 0) {
      end++;
    }
    String bound = new String(name.getBytes(6, end - 6), StandardCharsets.UTF_8);
    return bound.isEmpty() ? Optional.empty() : Optional.of(Path.of(bound));
  }

  static boolean isListening(int fd) {
    return option(fd, SO_ACCEPTCONN) != 0;
  }

  /** Whether anything waits in a socket: bytes, or at one that listens somebody to be accepted. */
  static boolean hasQueued(int fd) {
    NativeBuffer argument = new NativeBuffer(8);
    long result = LibC.call(SyscallNumbers.IOCTL, fd, FIONREAD, argument.address());
    if (result != -Errno.EINVAL) {
      return result == 0 && argument.getInt(0) > 0;
    }
    argument.putInt(0, fd).putShort(4, POLLIN); // struct pollfd
    return LibC.call(SyscallNumbers.POLL, argument.address(), 1, 0) == 1;
  }

  /** Whether a socket is a unix socket. */
  static boolean isUnix(int fd) {
    return option(fd, SO_DOMAIN) == AF_UNIX;
  }

  private static int option(int fd, int name) {
    NativeBuffer value = new NativeBuffer(8).putInt(4, 4);
    long address = value.address();
    LibC.call(SyscallNumbers.GETSOCKOPT, fd, SOL_SOCKET, name, address, address + 4, 0);
    return value.getInt(0);
  }

  /** Credentials of the process at the other end, as the kernel vouches for them. */
  public record PeerCredentials(int pid, int uid, int gid) {
    /** Whether root runs it, or the user that runs this process. */
    public boolean isRootOrOurs() throws IOException {
      return uid == 0 || uid == ownUid();
    }
  }

  /** The user that this process runs as. */
  public static int ownUid() throws IOException {
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

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
    control.clear();
    int received = receive(address, bytes, control, 0);
    if (control.descriptors() == 1 && receivedFd < 0) {
      receivedFd = control.descriptor();
    } else {
      requireDescriptors(control, 0);
    }
    return received;
  }

  /**
   * Looks at the next bytes, up to and with the first that a descriptor comes with, and receives
   * that, but leaves all in the queue: should there be no room for the descriptor here, it is not
   * lost. {@link #skip} removes it when it is safe.
   *
   * <p>The kernel shows the descriptor of the message that follows, too, when all bytes asked for
   * are those of the first one.
   *
   * @param bytes 1 to 16
   * @param into tells of the descriptor, which is the caller's from now on, and of who sent it
   * @return how many bytes there are, or {@link #END}, or {@link #NOTHING_YET}
   * @throws SysException with EMFILE if this process can have no more descriptors
   */
  public int peek(int bytes, ControlMessages into) throws SysException {
    into.clear();
    int received = receive(memory.address() + DATA_AT, bytes, into, MSG_PEEK);
    if (into.descriptors() > 1) {
      requireDescriptors(into, 1);
    }
    if (into.descriptors() == 0 && (memory.getInt(48) & MSG_CTRUNC) != 0) {
      throw new SysException("recvmsg(SCM_RIGHTS)", "fd " + fd, -Errno.EMFILE);
    }
    return received;
  }

  /** Removes the byte that {@link #peek} has shown, and the descriptor that is queued with it. */
  public void skip() throws SysException {
    receive(memory.address() + DATA_AT, 1, null, 0);
  }

  private int receive(long address, int bytes, ControlMessages messages, int flags)
      throws SysException {
    long base = memory.address();
    memory.putLong(0, 0).putLong(8, 0).putLong(16, base + IOVEC_AT).putLong(24, 1);
    memory.putLong(32, messages == null ? 0 : messages.address());
    memory.putLong(40, messages == null ? 0 : ControlMessages.BYTES).putLong(48, 0);
    memory.putLong(IOVEC_AT, address).putLong(IOVEC_AT + 8, bytes);
    long result = LibC.call(SyscallNumbers.RECVMSG, fd, base, MSG_CMSG_CLOEXEC | flags);
    if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
      return NOTHING_YET;
    }
    return (int) SysException.check("recvmsg", "fd " + fd, result);
  }

  private static void requireDescriptors(ControlMessages messages, int due) throws SysException {
    int came = messages.descriptors();
    if (came != due) {
      for (int i = 0; i < came; i++) {
        FileDescriptor.close(messages.descriptor(i));
      }
      throw new SysException(
          "recvmsg(SCM_RIGHTS)", came + " descriptors where " + due + " was due", -Errno.EINVAL);
    }
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
