package io.criulazy.client.sys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Files by what name_to_handle_at(2) calls them. Needs CAP_DAC_READ_SEARCH.
 *
 * <pre>
 * struct file_handle { u32 handle_bytes; i32 handle_type; u8 handle[]; };
 * </pre>
 */
public final class FileHandles {
  private static final int HEADER_BYTES = 8;
  private static final int O_PATH_CLOEXEC = 012000000;
  private static final int O_DIRECTORY_CLOEXEC = 02200000;
  private static final int MINOR_BITS = 20;
  private static final int DEVICE = 2;
  private static final int MOUNT_POINT = 4;

  private FileHandles() {}

  /**
   * Finds a path that leads to a file.
   *
   * @param device of its file system, as the kernel numbers it: major &lt;&lt; 20 | minor
   * @param type of the handle
   * @return nothing if the file was deleted, or can't be reached from here
   */
  public static Optional<String> path(int device, int type, byte[] handle) throws IOException {
    for (Path mount : mounts(device)) {
      int directory = open(mount);
      if (directory >= 0) {
        try {
          Optional<String> path = below(directory, type, handle);
          if (path.isPresent()) {
            return path;
          }
        } finally {
          FileDescriptor.close(directory);
        }
      }
    }
    return Optional.empty();
  }

  private static List<Path> mounts(int device) throws IOException {
    String number = (device >>> MINOR_BITS) + ":" + (device & (1 << MINOR_BITS) - 1);
    List<Path> mounts = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      String[] words = line.split(" ");
      if (words[DEVICE].equals(number)) {
        mounts.add(Path.of(words[MOUNT_POINT].replace("\\040", " ")));
      }
    }
    return mounts;
  }

  /** A mount point that is hidden by another one leads nowhere: negative then. */
  private static int open(Path directory) {
    byte[] bytes = directory.toString().getBytes(StandardCharsets.UTF_8);
    NativeBuffer name = new NativeBuffer(bytes.length + 1).putBytes(0, bytes);
    return (int) LibC.call(SyscallNumbers.OPEN, name.address(), O_DIRECTORY_CLOEXEC, 0);
  }

  private static Optional<String> below(int mount, int type, byte[] handle) {
    NativeBuffer argument = new NativeBuffer(HEADER_BYTES + handle.length);
    argument.putInt(0, handle.length).putInt(Integer.BYTES, type).putBytes(HEADER_BYTES, handle);
    int fd =
        (int)
            LibC.call(SyscallNumbers.OPEN_BY_HANDLE_AT, mount, argument.address(), O_PATH_CLOEXEC);
    if (fd < 0) {
      return Optional.empty();
    }
    try {
      Path link = Path.of("/proc/self/fd/" + fd);
      Path path = Files.readSymbolicLink(link);
      return Files.isSameFile(link, path) ? Optional.of(path.toString()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // it has no name
    } finally {
      FileDescriptor.close(fd);
    }
  }
}
