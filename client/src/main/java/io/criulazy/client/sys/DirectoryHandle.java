package io.criulazy.client.sys;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** An open directory, for short paths to what is in it: {@code /proc/self/fd/N/NAME}. */
final class DirectoryHandle implements AutoCloseable {
  private static final int O_PATH_DIRECTORY_CLOEXEC = 0x200000 | 0x10000 | 0x80000;

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

  String pathOf(String name) {
    return "/proc/self/fd/" + fd + "/" + name;
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
  }
}
