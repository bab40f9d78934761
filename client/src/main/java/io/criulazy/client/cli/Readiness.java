package io.criulazy.client.cli;

import java.io.FileOutputStream;
import java.io.IOException;

/** Tells the script that waits for us that the restore may begin. */
final class Readiness {

  private final Integer statusFd;

  /**
   * @param statusFd a file descriptor that this process inherited, or null
   */
  Readiness(Integer statusFd) {
    this.statusFd = statusFd;
  }

  /**
   * Writes one NUL byte to the status descriptor, as criu does. In the background it is the process
   * in the foreground that is told, and that one tells the script.
   *
   * @throws IOException if it can't be written to
   */
  void announce() throws IOException {
    if (Detached.isDaemon()) {
      Detached.reportReady();
      return;
    }
    if (statusFd == null) {
      return;
    }
    try (FileOutputStream status = new FileOutputStream("/proc/self/fd/" + statusFd)) {
      status.write(0);
    } catch (IOException e) {
      throw new IOException(
          "cannot write to --status-fd "
              + statusFd
              + ": "
              + e.getMessage()
              + ". Give the number of a pipe or file that is open for writing",
          e);
    }
  }
}
