package io.criulazy.client.restore.files;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** A task whose files are made: its calls, and the numbers that are free in it meanwhile. */
final class Husk {
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int F_SETFL = 4;
  private static final int AF_UNIX = 1;
  private static final int AT_FDCWD = -100;
  private static final int O_ACCMODE = 3;
  private static final int O_NOCTTY = 0x100;

  /** O_APPEND, O_NONBLOCK, O_ASYNC, O_DIRECT, O_NOATIME. */
  private static final int STATUS = 0x400 | 0x800 | 0x2000 | 0x4000 | 0x40000;

  private static final int O_CLOEXEC = 0x80000;
  private static final int RLIMIT_NOFILE = 7;
  private static final int NUMBERS_IN_BETWEEN = 64;
  private static final int PUT_BYTES = 32 << 10;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  /** What is done with bytes that lie in the task for a while. */
  @FunctionalInterface
  interface WithBytes {
    long call(long address) throws IOException;
  }

  private final HuskCalls calls;
  private final int firstFree;

  /**
   * @param firstFree a number from which on no recorded descriptor is
   */
  Husk(HuskCalls calls, int firstFree) {
    this.calls = calls;
    this.firstFree = firstFree;
  }

  int pid() {
    return calls.pid();
  }

  /** Makes sure that no number is taken, and that the highest may be used. */
  void prepare() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + pid() + "/fd"))) {
      if (open.findAny().isPresent()) {
        throw new IllegalStateException("the new task " + pid() + " has open files already");
      }
    }
    long limit = calls.put(new byte[16]);
    must("prlimit64", SyscallNumbers.PRLIMIT64, 0, RLIMIT_NOFILE, 0, limit);
    ByteBuffer had = ForeignMemory.layout(16).put(0, calls.read(limit, 16));
    long needed = (long) firstFree + NUMBERS_IN_BETWEEN;
    if (Long.compareUnsigned(had.getLong(0), needed) < 0) {
      had.putLong(0, needed);
      had.putLong(8, Long.compareUnsigned(had.getLong(8), needed) < 0 ? needed : had.getLong(8));
      must(
          "prlimit64(RLIMIT_NOFILE) for " + needed + " descriptors",
          SyscallNumbers.PRLIMIT64,
          0,
          RLIMIT_NOFILE,
          calls.put(had.array()),
          0);
    }
  }

  /** See {@link HuskCalls#call}. */
  long call(long number, long... arguments) throws IOException {
    return calls.call(number, arguments);
  }

  /**
   * Makes a call that has to succeed.
   *
   * @param what the call and what it is for
   */
  long must(String what, long number, long... arguments) throws IOException {
    return SysException.check(what, "the new task " + pid(), calls.call(number, arguments));
  }

  /** See {@link HuskCalls#put}. */
  long put(byte[] bytes) throws IOException {
    return calls.put(bytes);
  }

  /** The same for a string of the file system, with its end. */
  long put(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return calls.put(Arrays.copyOf(bytes, bytes.length + 1));
  }

  byte[] read(long address, int lengthBytes) throws IOException {
    return calls.read(address, lengthBytes);
  }

  /** Makes a call about many bytes. */
  long withBytes(byte[] bytes, WithBytes use) throws IOException {
    if (bytes.length <= PUT_BYTES) {
      return use.call(calls.put(bytes));
    }
    long mapping =
        must(
            "mmap",
            SyscallNumbers.MMAP,
            0,
            bytes.length,
            PROT_READ_WRITE,
            MAP_PRIVATE_ANONYMOUS,
            -1,
            0);
    try {
      new ForeignMemory(pid()).write(mapping, bytes);
      return use.call(mapping);
    } finally {
      calls.call(SyscallNumbers.MUNMAP, mapping, bytes.length);
    }
  }

  /** Gives a new descriptor a number that no recorded one has. */
  int aside(long fd) throws IOException {
    long moved =
        must("fcntl(F_DUPFD_CLOEXEC)", SyscallNumbers.FCNTL, fd, F_DUPFD_CLOEXEC, firstFree);
    close(fd);
    return (int) moved;
  }

  /** Makes a pipe: the end to read from, and the end to write to. */
  int[] pipe() throws IOException {
    long result = put(new byte[Long.BYTES]);
    must("pipe2", SyscallNumbers.PIPE2, result, 0);
    return pair(result);
  }

  /** Makes two unix sockets that are connected. */
  int[] socketPair(int type) throws IOException {
    long result = put(new byte[Long.BYTES]);
    must("socketpair", SyscallNumbers.SOCKETPAIR, AF_UNIX, type, 0, result);
    return pair(result);
  }

  private int[] pair(long result) throws IOException {
    byte[] numbers = read(result, Long.BYTES);
    ByteBuffer made = ForeignMemory.layout(Long.BYTES).put(0, numbers);
    return new int[] {aside(made.getInt(0)), aside(made.getInt(Integer.BYTES))};
  }

  /** One more descriptor of the same open file. */
  int again(int fd) throws IOException {
    return (int)
        must("fcntl(F_DUPFD_CLOEXEC)", SyscallNumbers.FCNTL, fd, F_DUPFD_CLOEXEC, firstFree);
  }

  /** Opens what a path, of a link in /proc too, leads to. */
  int open(String path, int flags) throws IOException {
    return aside(
        must("open of " + path, SyscallNumbers.OPENAT, AT_FDCWD, put(path), flags | O_NOCTTY, 0));
  }

  /** Opens what a descriptor stands for once more, with flags of its own. */
  int reopen(int fd, int flags) throws IOException {
    return open("/proc/self/fd/" + fd, flags & (O_ACCMODE | STATUS));
  }

  /** Sets those of the flags that can be set of an open file. */
  void setStatus(int fd, int flags) throws IOException {
    must("fcntl(F_SETFL)", SyscallNumbers.FCNTL, fd, F_SETFL, flags & STATUS);
  }

  /** Closes a descriptor. */
  void close(long fd) throws IOException {
    call(SyscallNumbers.CLOSE, fd);
  }

  /** Lets a recorded number stand for what a descriptor {@link #aside} stands for, too. */
  void place(int from, Slot slot) throws IOException {
    int flags = slot.closeOnExec() ? O_CLOEXEC : 0;
    must("dup3 to " + slot.fd(), SyscallNumbers.DUP3, from, slot.fd(), flags);
  }

  /** Another descriptor, put {@link #aside}, of what a process has open. */
  int takeFrom(int pid, int fd) throws IOException {
    long pidfd = must("pidfd_open of " + pid, SyscallNumbers.PIDFD_OPEN, pid, 0);
    try {
      return aside(
          must(
              "pidfd_getfd of fd %d of pid %d".formatted(fd, pid),
              SyscallNumbers.PIDFD_GETFD,
              pidfd,
              fd,
              0));
    } finally {
      close(pidfd);
    }
  }
}
