package io.criulazy.client.dump;

import io.criulazy.client.sys.RunningProcess;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedTree;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Ends the processes that have been dumped. */
final class Kill {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofMillis(2);

  private final List<RunningProcess> processes;

  private Kill(List<RunningProcess> processes) {
    this.processes = processes;
  }

  /** Of a dump that leaves all running. */
  static Kill none() {
    return new Kill(List.of());
  }

  /** Sends the signal while all are stopped: none sees the end of another. */
  static Kill all(TracedTree tree) {
    List<RunningProcess> processes =
        tree.processes().stream().map(TracedProcess::pid).map(RunningProcess::of).toList();
    processes.forEach(RunningProcess::kill);
    return new Kill(processes);
  }

  /** Waits until all have given back what they had, when they are not traced any more. */
  void await() throws IOException {
    long end = System.nanoTime() + LIMIT.toNanos();
    for (RunningProcess process : processes) {
      while (process.isAlive()) {
        if (System.nanoTime() > end) {
          throw new IOException(
              "process " + process.pid() + " was dumped and killed, but does not end");
        }
        pause();
      }
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while dumped processes end", e);
    }
  }
}
