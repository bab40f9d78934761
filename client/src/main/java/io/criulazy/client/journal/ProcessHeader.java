package io.criulazy.client.journal;

import io.criulazy.client.sys.RunningProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * How it stands with one process, as its {@link ProcessJournal} begins with it.
 *
 * @param isComplete whether nothing of the process is left to do
 * @param evenUffd number + 1 of its userfaultfd in the program with an even epoch; 0: none
 * @param oddUffd the same, odd
 * @param process which process it is, if that is known
 */
record ProcessHeader(
    boolean isComplete, int evenUffd, int oddUffd, Optional<RunningProcess> process) {

  /**
   * Reads it, and holds nothing of the file.
   *
   * @return empty if the program was killed while it made the file
   */
  static Optional<ProcessHeader> read(Path path) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(ProcessJournal.HEADER_BYTES).order(ByteOrder.nativeOrder());
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      while (bytes.hasRemaining() && file.read(bytes) >= 0) {
        // until it has all
      }
    }
    long magic = bytes.getLong(0);
    if (magic == 0) {
      return Optional.empty();
    }
    if (magic != ProcessJournal.MAGIC) {
      throw SessionJournal.damaged(path, "it is not the journal of a restored process");
    }
    return Optional.of(
        new ProcessHeader(
            bytes.getInt(ProcessJournal.COMPLETE_AT) != 0,
            bytes.getInt(ProcessJournal.FD_AT),
            bytes.getInt(ProcessJournal.FD_AT + Integer.BYTES),
            process(
                bytes.getInt(ProcessJournal.PID_AT), bytes.getLong(ProcessJournal.START_TIME_AT))));
  }

  private static Optional<RunningProcess> process(int pid, long startTime) {
    return pid == 0 ? Optional.empty() : Optional.of(new RunningProcess(pid, startTime));
  }

  /** Its userfaultfd's number in the program of an epoch, or -1. */
  int uffd(int epoch) {
    return ((epoch & 1) == 0 ? evenUffd : oddUffd) - 1;
  }
}
