package io.criulazy.client.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The open files of another process, to be taken over (pidfd_getfd, Linux 5.6). One thread. */
public final class ForeignFiles implements AutoCloseable {
  private static final String UFFD_LINK = "anon_inode:[userfaultfd]";

  private final int pid;
  private final int pidfd;

  /** Opens a process; it needs to be ours, or CAP_SYS_PTRACE. */
  public ForeignFiles(int pid) throws SysException {
    this.pid = pid;
    this.pidfd =
        (int)
            SysException.check(
                "pidfd_open", "pid " + pid, LibC.call(SyscallNumbers.PIDFD_OPEN, pid, 0, 0));
  }

  /** The numbers of all userfaultfds that it has open. */
  public List<Integer> userfaultfds() throws IOException {
    return numbersOf(UFFD_LINK);
  }

  /** Whether one of its userfaultfds belongs to a process that lives. */
  public boolean hasLiveUserfaultfd() throws IOException {
    for (int number : userfaultfds()) {
      try (Uffd uffd = new Uffd(take(number))) {
        if (!uffd.isProcessGone()) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * The number of a connection that it has accepted at a unix socket's path, or -1.
   *
   * @param path as it was bound
   */
  public int acceptedAt(Path path) throws IOException {
    for (int number : numbersOf("socket:[")) {
      int taken = take(number);
      boolean accepted = UnixConnection.isAcceptedAt(taken, path);
      FileDescriptor.close(taken);
      if (accepted) {
        return number;
      }
    }
    return -1;
  }

  private List<Integer> numbersOf(String linkStart) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    try (Stream<Path> links = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      for (Path link : (Iterable<Path>) links::iterator) {
        if (target(link).startsWith(linkStart)) {
          numbers.add(Integer.valueOf(link.getFileName().toString()));
        }
      }
    }
    return numbers;
  }

  private static String target(Path link) throws IOException {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException e) {
      return ""; // closed since the directory was read
    }
  }

  /**
   * Another descriptor of the same open file, in this process.
   *
   * @param fd its number there
   */
  public int take(int fd) throws SysException {
    return (int)
        SysException.check(
            "pidfd_getfd",
            "fd " + fd + " of pid " + pid,
            LibC.call(SyscallNumbers.PIDFD_GETFD, pidfd, fd, 0));
  }

  @Override
  public void close() {
    FileDescriptor.close(pidfd);
  }
}
