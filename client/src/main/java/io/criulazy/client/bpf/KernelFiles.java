package io.criulazy.client.bpf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/** The open files of a task: addresses of {@code struct file} by descriptor. */
public final class KernelFiles {
  private static final int MAX_FILES = 1 << 20;

  private KernelFiles() {}

  /** All of them, as they are at this moment. */
  public static Map<Integer, Long> of(Kernel kernel, KernelStruct task) throws IOException {
    Map<Integer, Long> files = new TreeMap<>();
    KernelStruct table = table(kernel, task);
    if (table == null) {
      return files;
    }
    int count = (int) Math.min(table.number("max_fds"), MAX_FILES);
    ByteBuffer pointers = kernel.read(table.number("fd"), count * Long.BYTES);
    for (int fd = 0; fd < count; fd++) {
      if (pointers.getLong(fd * Long.BYTES) != 0) {
        files.put(fd, pointers.getLong(fd * Long.BYTES));
      }
    }
    return files;
  }

  /** One of the calling process's own. */
  public static KernelStruct own(Kernel kernel, int fd) throws IOException {
    KernelStruct table = table(kernel, kernel.currentTask());
    return kernel.at("file", kernel.readLong(table.number("fd") + (long) fd * Long.BYTES));
  }

  private static KernelStruct table(Kernel kernel, KernelStruct task) throws IOException {
    KernelStruct files = task.follow("files", "files_struct");
    return files == null ? null : files.follow("fdt", "fdtable");
  }
}
