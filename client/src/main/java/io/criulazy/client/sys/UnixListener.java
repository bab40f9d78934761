package io.criulazy.client.sys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A listening unix stream socket at a path.
 *
 * <pre>
 * struct sockaddr_un { sa_family_t sun_family; char sun_path[108]; };
 * </pre>
 *
 * Made by hand, not with java.nio: connections carry descriptors, which java.nio drops. Used by one
 * thread.
 */
public final class UnixListener implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM_CLOEXEC_NONBLOCK = 1 | 0x80800;
  private static final int SOCK_CLOEXEC_NONBLOCK = 0x80800;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PASSCRED = 16;
  private static final int BACKLOG = 16;
  private static final int SUN_PATH_BYTES = 108;

  private final Path path;
  private final int fd;
  private boolean closed;

  /**
   * One that does not listen yet, so that its number can be noted before anybody can connect.
   *
   * @param path where it will; may be longer than sun_path allows
   */
  public UnixListener(Path path) throws IOException {
    this.path = path;
    this.fd =
        (int)
            SysException.check(
                "socket(AF_UNIX)",
                "a new fd",
                LibC.call(SyscallNumbers.SOCKET, AF_UNIX, SOCK_STREAM_CLOEXEC_NONBLOCK, 0));
  }

  /** Binds and listens; a socket that an earlier program has left at the path is removed first. */
  public void listen() throws IOException {
    Files.deleteIfExists(path);
    tellSenders();
    bind();
    SysException.check("listen", path.toString(), LibC.call(SyscallNumbers.LISTEN, fd, BACKLOG, 0));
  }

  /**
   * Takes over a socket that listens already.
   *
   * @param fd non-blocking
   */
  public UnixListener(Path path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  /** Connections inherit it: each message on them says which process has sent it. */
  private void tellSenders() throws SysException {
    NativeBuffer on = new NativeBuffer(8).putInt(0, 1);
    SysException.check(
        "setsockopt(SO_PASSCRED)",
        path.toString(),
        LibC.call(
            SyscallNumbers.SETSOCKOPT,
            fd,
            SOL_SOCKET,
            SO_PASSCRED,
            on.address(),
            Integer.BYTES,
            0));
  }

  private void bind() throws IOException {
    if (!isLong(path)) {
      bindTo(path.toString().getBytes(StandardCharsets.UTF_8));
      return;
    }
    // The kernel looks the name up like any other path, so a short way to the directory will do.
    try (DirectoryHandle directory = new DirectoryHandle(path.toAbsolutePath().getParent())) {
      bindTo(directory.pathOf(path.getFileName().toString()).getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Whether a path is longer than sun_path. */
  static boolean isLong(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8).length >= SUN_PATH_BYTES;
  }

  private void bindTo(byte[] name) throws SysException {
    NativeBuffer address = new NativeBuffer(2 + SUN_PATH_BYTES);
    address.putShort(0, (short) AF_UNIX).putBytes(2, name);
    SysException.check(
        "bind",
        path.toString(),
        LibC.call(SyscallNumbers.BIND, fd, address.address(), 2 + name.length + 1));
  }

  /** The descriptor to watch for connections. */
  public int fd() {
    return fd;
  }

  /** Where it listens. */
  public Path path() {
    return path;
  }

  /**
   * Takes a waiting connection.
   *
   * @return it, or null if none is waiting
   */
  public UnixConnection accept() throws SysException {
    long result = LibC.call(SyscallNumbers.ACCEPT4, fd, 0, 0, SOCK_CLOEXEC_NONBLOCK, 0, 0);
    if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
      return null;
    }
    return new UnixConnection((int) SysException.check("accept4", path.toString(), result));
  }

  /**
   * Stops listening and removes the socket from the directory. Later calls do nothing: the number
   * and the path may be somebody else's by then.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    FileDescriptor.close(fd);
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // The directory may be gone or read-only by now; a dead socket in it harms nobody: whoever
      // listens there next removes it.
      return;
    }
  }
}
