package io.criulazy.client.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The open files of another process, to be taken over (pidfd_getfd, Linux 5.6). One thread. */
public final class ForeignFiles implements AutoCloseable {
  private static final String SOCKET_LINK = "socket:[";
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

  /**
   * Whether one of its userfaultfds belongs to a process that lives.
   *
   * @param among only these numbers count
   */
  public boolean hasLiveUserfaultfd(Set<Integer> among) throws IOException {
    for (int number : userfaultfds()) {
      if (among.contains(number) && isLiveUserfaultfd(number)) {
        return true;
      }
    }
    return false;
  }

  boolean isLiveUserfaultfd(int number) throws SysException {
    try (Uffd uffd = new Uffd(take(number))) {
      return !uffd.isProcessGone();
    }
  }

  /** The numbers of all unix sockets that it has open. */
  List<Integer> unixSockets() throws IOException {
    List<Integer> unix = new ArrayList<>();
    for (int number : numbersOf(SOCKET_LINK)) {
      int taken = take(number);
      if (UnixConnection.isUnix(taken)) {
        unix.add(number);
      }
      FileDescriptor.close(taken);
    }
    return unix;
  }

  /**
   * The number of the connection that it has accepted at a unix socket's path, or -1; also if there
   * are several, for nobody can tell which one it is.
   *
   * @param path there has to be its directory
   */
  public int acceptedAt(Path path) throws IOException {
    int found = -1;
    for (int number : numbersOf(SOCKET_LINK)) {
      int taken = take(number);
      Optional<Path> accepted = UnixConnection.acceptedAt(taken);
      FileDescriptor.close(taken);
      if (accepted.isPresent() && isSame(accepted.get(), path)) {
        if (found >= 0) {
          return -1;
        }
        found = number;
      }
    }
    return found;
  }

  /**
   * Whether one of its files is a socket that was bound to a path.
   *
   * @param path there has to be its directory
   */
  boolean isBoundAt(int number, Path path) throws IOException {
    if (!isSocket(number)) {
      return false;
    }
    int taken = take(number);
    Optional<Path> bound = UnixConnection.boundAt(taken);
    FileDescriptor.close(taken);
    return bound.isPresent() && isSame(bound.get(), path);
  }

  /** Whether one of its files is a socket in which anything waits. */
  public boolean hasQueued(int number) throws IOException {
    if (!isSocket(number)) {
      return false;
    }
    int taken = take(number);
    boolean queued = UnixConnection.hasQueued(taken);
    FileDescriptor.close(taken);
    return queued;
  }

  private boolean isSocket(int number) throws IOException {
    return target(Path.of("/proc/" + pid + "/fd/" + number)).startsWith(SOCKET_LINK);
  }

  /** Whether one of its files is a socket that listens. */
  boolean isListening(int number) throws IOException {
    int taken = take(number);
    boolean listening = UnixConnection.isListening(taken);
    FileDescriptor.close(taken);
    return listening;
  }

  /** A path that was too long was bound by a short way to its directory, which is gone by now. */
  private static boolean isSame(Path bound, Path path) throws IOException {
    if (!bound.getFileName().equals(path.getFileName())) {
      return false;
    }
    Path directory = bound.getParent();
    return DirectoryHandle.isShortWay(directory)
        ? UnixListener.isLong(path)
        : Files.exists(directory) && Files.isSameFile(directory, path.getParent());
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
