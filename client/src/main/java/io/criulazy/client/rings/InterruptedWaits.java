package io.criulazy.client.rings;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.InterruptedCalls;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import java.io.IOException;
import java.util.List;

/**
 * Threads that were waiting in io_uring_enter(2) when they were stopped: it had submitted nothing,
 * or it would have told the number; so it is made again when the thread goes on.
 */
final class InterruptedWaits {
  private static final List<Integer> CALLS = List.of(SyscallNumbers.IO_URING_ENTER);

  private InterruptedWaits() {}

  static void repeat(List<TracedProcess> processes, RingSurvey survey) throws IOException {
    for (TracedProcess process : processes) {
      if (survey.hasRings(process.pid())) {
        for (TracedThread thread : process.threads()) {
          InterruptedCalls.repeat(thread, CALLS);
        }
      }
    }
  }
}
