package io.criulazy.client.restore;

import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.ForeignFiles;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.Uffd;
import io.criulazy.client.sys.UnixSender;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Hands the userfaultfds of restored tasks over to who serves them: as a restoring criu does, over
 * the socket in the work directory.
 */
final class UffdHandover implements AutoCloseable {
  private static final int RESTORE_FINISHED = 0x52535446;
  private static final int O_CLOEXEC_NONBLOCK = 0x80800;
  private static final long FEATURES =
      Uffd.FEATURE_EVENT_FORK
          | Uffd.FEATURE_EVENT_REMAP
          | Uffd.FEATURE_EVENT_REMOVE
          | Uffd.FEATURE_EVENT_UNMAP;

  private final UnixSender connection;

  private UffdHandover(UnixSender connection) {
    this.connection = connection;
  }

  /** Connects to who serves. */
  static UffdHandover connect(Path socket) throws IOException {
    return new UffdHandover(UnixSender.connect(socket));
  }

  /**
   * Makes a userfaultfd in a husk, has it watch all that is to be lazy, and hands it over. From
   * then on it is served.
   *
   * @param ranges starts and lengths in turn
   */
  void task(Workshop workshop, List<Long> ranges) throws IOException {
    int pid = workshop.thread().process().pid();
    long there = workshop.must("userfaultfd", SyscallNumbers.USERFAULTFD, O_CLOEXEC_NONBLOCK);
    try (ForeignFiles files = new ForeignFiles(pid)) {
      int fd = files.take((int) there);
      workshop.must("close", SyscallNumbers.CLOSE, there);
      Uffd uffd = Uffd.begin(fd, FEATURES);
      try {
        for (int i = 0; i < ranges.size(); i += 2) {
          uffd.registerMissing(ranges.get(i), ranges.get(i + 1));
        }
        connection.sendWord(pid);
        connection.sendDescriptor(uffd.fd());
      } finally {
        // The one who serves has it now; if it has not, the husk is killed.
        FileDescriptor.close(uffd.fd());
      }
    }
  }

  /** All tasks are up. */
  void restored() throws IOException {
    connection.sendWord(RESTORE_FINISHED);
  }

  /** Before {@link #restored}: the restore has failed. */
  @Override
  public void close() {
    connection.close();
  }
}
