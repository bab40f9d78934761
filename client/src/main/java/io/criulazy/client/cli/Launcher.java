package io.criulazy.client.cli;

import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The shell that has started this JVM beside itself ({@code bin/criu-lazy restore -d}) and stays
 * until it is told that all went well: so the same JVM can go on in the background.
 */
final class Launcher {
  private static final String PID = "CRIU_LAZY_LAUNCHER";
  private static final int SIGUSR1 = 10;
  private static final int LAST_STANDARD = 2;
  private static final int O_RDWR = 2;
  private static final byte[] NOTHING = "/dev/null\0".getBytes(StandardCharsets.US_ASCII);

  private final int pid;
  private final List<Integer> inherited;

  private Launcher(int pid, List<Integer> inherited) {
    this.pid = pid;
    this.inherited = inherited;
  }

  /** The one that waits for this JVM, if one does; to be asked for before anything is opened. */
  static Optional<Launcher> find() throws IOException {
    long parent = ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L);
    return Long.toString(parent).equals(System.getenv(PID))
        ? Optional.of(new Launcher((int) parent, inherited()))
        : Optional.empty();
  }

  /** What somebody may wait for the end of; the JVM's own files are none of these. */
  private static List<Integer> inherited() throws IOException {
    List<Integer> inherited = new ArrayList<>();
    try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
      for (Path link : (Iterable<Path>) links::iterator) {
        int fd = Integer.parseInt(link.getFileName().toString());
        if (fd > LAST_STANDARD && isPipeOrSocket(link)) {
          inherited.add(fd);
        }
      }
    }
    return inherited;
  }

  private static boolean isPipeOrSocket(Path link) {
    try {
      String target = Files.readSymbolicLink(link).toString();
      return target.startsWith("pipe:") || target.startsWith("socket:");
    } catch (IOException e) {
      return false; // the directory that is read
    }
  }

  /** Leaves its session and all that came from it, and lets it end with 0. */
  void leave() throws IOException {
    SystemCall.call(SyscallNumbers.SETSID);
    NativeBuffer name = new NativeBuffer(NOTHING.length).putBytes(0, NOTHING);
    long fd = SystemCall.call(SyscallNumbers.OPEN, name.address(), O_RDWR);
    for (int standard = 0; standard <= LAST_STANDARD; standard++) {
      SysException.check(
          "dup3", "/dev/null", SystemCall.call(SyscallNumbers.DUP3, fd, standard, 0));
    }
    FileDescriptor.close((int) fd);
    inherited.forEach(FileDescriptor::close);
    SysException.check("kill", "the launcher", SystemCall.call(SyscallNumbers.KILL, pid, SIGUSR1));
  }
}
