package io.criulazy.client.rings;

import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.ForeignFiles;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The counters of a stopped process's eventfds: which of them a ring counts up, and as they were
 * again.
 */
final class ProbedEventfds {
  private static final String LINK = "anon_inode:[eventfd]";
  private static final int HEXADECIMAL = 16;

  private final int pid;
  private final Map<Integer, Long> before = new TreeMap<>();

  ProbedEventfds(int pid) throws IOException {
    this.pid = pid;
    for (Map.Entry<Integer, String> fd : ProcDescriptor.links(pid).entrySet()) {
      if (fd.getValue().equals(LINK)) {
        before.put(fd.getKey(), field(fd.getKey(), "eventfd-count:"));
      }
    }
  }

  private long field(int fd, String name) throws IOException {
    byte[] info = Files.readAllBytes(Path.of("/proc/" + pid + "/fdinfo/" + fd));
    for (String line : new String(info, StandardCharsets.ISO_8859_1).split("\n")) {
      if (line.startsWith(name)) {
        return Long.parseUnsignedLong(line.substring(name.length()).strip(), HEXADECIMAL);
      }
    }
    return 0;
  }

  /** The lowest descriptor whose counter is another one than at first, or -1. */
  int stirred() throws IOException {
    for (Map.Entry<Integer, Long> fd : before.entrySet()) {
      if (field(fd.getKey(), "eventfd-count:") != fd.getValue()) {
        return fd.getKey();
      }
    }
    return -1;
  }

  /** Sets a counter back. */
  void restore(int fd) throws IOException {
    long old = before.get(fd);
    if (field(fd, "eventfd-count:") == old) {
      return;
    }
    boolean oneByOne = field(fd, "eventfd-semaphore:") != 0;
    NativeBuffer number = new NativeBuffer(Long.BYTES);
    try (ForeignFiles files = new ForeignFiles(pid)) {
      int own = files.take(fd);
      try {
        for (long now = field(fd, "eventfd-count:"); now > old; now = oneByOne ? now - 1 : 0) {
          SystemCall.call(SyscallNumbers.READ, own, number.address(), Long.BYTES);
        }
        if (!oneByOne && old > 0) {
          number.putLong(0, old);
          SystemCall.call(SyscallNumbers.WRITE, own, number.address(), Long.BYTES);
        }
      } finally {
        FileDescriptor.close(own);
      }
    }
  }
}
