package io.criulazy.client.sys;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** An open directory, for short paths to what is in it: {@code /proc/self/fd/N/NAME}. */
final class DirectoryHandle implements AutoCloseable {
  private static final int O_PATH_DIRECTORY_CLOEXEC = 0x200000 | 0x10000 | 0x80000;

  private static final String FILES = "/proc/self/fd";

  private final int fd;

  DirectoryHandle(Path directory) throws SysException {
    byte[] name = directory.toString().getBytes(StandardCharsets.UTF_8);
    NativeBuffer path = new NativeBuffer(name.length + 1).putBytes(0, name);
    fd =
        (int)
            SysException.check(
                "open",
                directory.toString(),
                LibC.call(SyscallNumbers.OPEN, path.address(), O_PATH_DIRECTORY_CLOEXEC, 0));
  }

  /** Whether a path is one of {@link #pathOf}'s. */
  static boolean isShortWay(Path directory) {
    return directory.startsWith(FILES);
  }

  String pathOf(String name) {
    return FILES + "/" + fd + "/" + name;
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
  }
}
