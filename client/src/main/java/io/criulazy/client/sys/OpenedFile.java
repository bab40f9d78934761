package io.criulazy.client.sys;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** An open file of this process, asked with fcntl(2), getsockopt(2) and poll(2). One thread. */
public final class OpenedFile implements AutoCloseable {
  private static final int F_GETOWN_EX = 16;
  private static final int F_GETOWNER_UIDS = 17;
  private static final int F_GETSIG = 11;
  private static final int F_GET_SEALS = 1034;
  private static final int O_CLOEXEC = 02000000;
  private static final int SCM_INTEGER_BYTES = 8;

  private final int fd;
  private final String name;

  /**
   * @param fd owned from now on
   * @param name for errors
   */
  public OpenedFile(int fd, String name) {
    this.fd = fd;
    this.name = name;
  }

  /** Opens a file for reading. */
  public static OpenedFile open(Path path) throws SysException {
    byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
    NativeBuffer text = new NativeBuffer(bytes.length + 1).putBytes(0, bytes);
    return new OpenedFile(
        (int)
            SysException.check(
                "open",
                path.toString(),
                LibC.call(SyscallNumbers.OPEN, text.address(), O_CLOEXEC, 0)),
        path.toString());
  }

  /** Its number. */
  public int fd() {
    return fd;
  }

  /**
   * Who is told by a signal when it is ready.
   *
   * @param uid of the one who has said so, with euid
   * @param signal 0: SIGIO
   * @param type F_OWNER_*
   * @param pid 0: nobody
   */
  public record Owner(int uid, int euid, int signal, int type, int pid) {}

  /** See {@link Owner}. */
  public Owner owner() throws SysException {
    int signal = (int) fcntl("F_GETSIG", F_GETSIG, 0);
    NativeBuffer owner = new NativeBuffer(2 * Integer.BYTES);
    fcntl("F_GETOWN_EX", F_GETOWN_EX, owner.address());
    NativeBuffer ids = new NativeBuffer(2 * Integer.BYTES);
    fcntl("F_GETOWNER_UIDS", F_GETOWNER_UIDS, ids.address());
    return new Owner(
        ids.getInt(0),
        ids.getInt(Integer.BYTES),
        signal,
        owner.getInt(0),
        owner.getInt(Integer.BYTES));
  }

  /** F_SEAL_* of a memfd. */
  public int seals() throws SysException {
    return (int) fcntl("F_GET_SEALS", F_GET_SEALS, 0);
  }

  private long fcntl(String what, int command, long argument) throws SysException {
    return SysException.check(
        "fcntl(" + what + ")", name, LibC.call(SyscallNumbers.FCNTL, fd, command, argument));
  }

  /** ioctl(2) with a structure that the kernel fills. */
  public void ioctl(String what, int request, NativeBuffer result) throws SysException {
    SysException.check(
        "ioctl(" + what + ")",
        name,
        LibC.call(SyscallNumbers.IOCTL, fd, request, result.address()));
  }

  /** The events of poll(2) that hold now, of those asked for and POLLERR and POLLHUP. */
  public int poll(int events) throws SysException {
    NativeBuffer request = new NativeBuffer(16).putInt(0, fd).putShort(4, (short) events);
    SysException.check("poll", name, LibC.call(SyscallNumbers.POLL, request.address(), 1, 0));
    return request.getInt(4) >>> Short.SIZE;
  }

  /** An option whose value is an int. */
  public int option(int level, int option) throws SysException {
    NativeBuffer value = new NativeBuffer(SCM_INTEGER_BYTES);
    option(level, option, value);
    return value.getInt(0);
  }

  /**
   * An option of any length.
   *
   * @return the bytes that the kernel has written
   */
  public int option(int level, int option, NativeBuffer value) throws SysException {
    NativeBuffer length = new NativeBuffer(8).putInt(0, value.sizeBytes());
    SysException.check(
        "getsockopt(" + level + ", " + option + ")",
        name,
        LibC.call(
            SyscallNumbers.GETSOCKOPT, fd, level, option, value.address(), length.address(), 0));
    return length.getInt(0);
  }

  /**
   * A socket's own address.
   *
   * @return struct sockaddr; empty if it has none
   */
  public byte[] localAddress() throws SysException {
    NativeBuffer address = new NativeBuffer(128);
    NativeBuffer length = new NativeBuffer(8).putInt(0, address.sizeBytes());
    SysException.check(
        "getsockname",
        name,
        LibC.call(SyscallNumbers.GETSOCKNAME, fd, address.address(), length.address()));
    return address.getBytes(0, Math.min(length.getInt(0), address.sizeBytes()));
  }

  /**
   * The address of whom a socket is connected to.
   *
   * @return struct sockaddr; empty if it is not connected
   */
  public byte[] peerAddress() throws SysException {
    NativeBuffer address = new NativeBuffer(128);
    NativeBuffer length = new NativeBuffer(8).putInt(0, address.sizeBytes());
    long result = LibC.call(SyscallNumbers.GETPEERNAME, fd, address.address(), length.address());
    if (result == -Errno.ENOTCONN) {
      return new byte[0];
    }
    SysException.check("getpeername", name, result);
    return address.getBytes(0, Math.min(length.getInt(0), address.sizeBytes()));
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
  }

  @Override
  public String toString() {
    return name;
  }
}
