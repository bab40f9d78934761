package io.criulazy.client.sys;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file without a name (O_TMPFILE), which is gone with who has it open, however that one ends. */
public final class UnnamedFile {
  private static final int O_TMPFILE_RDWR_CLOEXEC = 0x410000 | 2 | 0x80000;
  private static final int OWNER_ONLY = 0600;

  private UnnamedFile() {}

  /**
   * Makes one. File systems that have none of that kind (some of networks) get one whose name is
   * removed at once.
   *
   * @param directory where there is room for it
   */
  public static FileChannel in(Path directory) throws IOException {
    byte[] name = directory.toString().getBytes(StandardCharsets.UTF_8);
    NativeBuffer cString = new NativeBuffer(name.length + 1).putBytes(0, name);
    long fd = LibC.call(SyscallNumbers.OPEN, cString.address(), O_TMPFILE_RDWR_CLOEXEC, OWNER_ONLY);
    if (fd == -Errno.ENOTSUP || fd == -Errno.EISDIR) {
      return removed(Files.createTempFile(directory, ".criu-lazy-", ".tmp"));
    }
    SysException.check("open(O_TMPFILE)", directory.toString(), fd);
    try {
      return FileChannel.open(
          Path.of("/proc/self/fd/" + fd), StandardOpenOption.READ, StandardOpenOption.WRITE);
    } finally {
      FileDescriptor.close((int) fd);
    }
  }

  private static FileChannel removed(Path file) throws IOException {
    try {
      return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
