package io.criulazy.client.sys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * The file of a unix socket whose program is gone.
 *
 * <p>To connect tells, but whoever lives there would take it for a restoring criu. So a datagram
 * socket asks: the kernel refuses it where no socket is bound to the file any more (ECONNREFUSED),
 * and says that the types differ (EPROTOTYPE) where a stream socket is, of which that one learns
 * nothing.
 */
public final class StaleSocket {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int SUN_PATH_BYTES = 108;
  private static final int S_IFMT = 0170000;
  private static final int S_IFSOCK = 0140000;

  private StaleSocket() {}

  /**
   * Removes it; never a socket that somebody has open, and nothing else.
   *
   * @return whether there was one
   */
  public static boolean remove(Path path) throws IOException {
    boolean stale = isSocket(path) && probe(path) == -Errno.ECONNREFUSED;
    return stale && Files.deleteIfExists(path);
  }

  private static boolean isSocket(Path path) throws IOException {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
        && ((int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & S_IFMT)
            == S_IFSOCK;
  }

  private static long probe(Path path) throws SysException {
    if (!UnixListener.isLong(path)) {
      return probeAt(path.toString());
    }
    try (DirectoryHandle directory = new DirectoryHandle(path.toAbsolutePath().getParent())) {
      return probeAt(directory.pathOf(path.getFileName().toString()));
    }
  }

  private static long probeAt(String path) throws SysException {
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    NativeBuffer address = new NativeBuffer(2 + SUN_PATH_BYTES);
    address.putShort(0, (short) AF_UNIX).putBytes(2, name);
    long opened = LibC.call(SyscallNumbers.SOCKET, AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
    int fd = (int) SysException.check("socket(AF_UNIX)", path, opened);
    try {
      return LibC.call(SyscallNumbers.CONNECT, fd, address.address(), 2 + name.length + 1);
    } finally {
      FileDescriptor.close(fd);
    }
  }
}
