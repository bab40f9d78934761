package io.criulazy.client.rings;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.Architecture;
import io.criulazy.client.trace.Registers;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Threads that were waiting in io_uring_enter(2) when they were stopped: unlike most calls it gives
 * EINTR then, and is not made again by the kernel. It had submitted nothing, or it would have told
 * the number; so it is made again when the thread goes on, unless a signal of the process's own is
 * waiting, which the EINTR may be meant for.
 */
final class InterruptedWaits {
  private InterruptedWaits() {}

  static void repeat(List<TracedProcess> processes, RingSurvey survey) throws IOException {
    for (TracedProcess process : processes) {
      if (survey.hasRings(process.pid())) {
        for (TracedThread thread : process.threads()) {
          repeat(thread);
        }
      }
    }
  }

  private static void repeat(TracedThread thread) throws IOException {
    Registers again =
        Architecture.current()
            .madeAgain(thread.registers(), SyscallNumbers.IO_URING_ENTER, -Errno.EINTR);
    if (again != null && !hasSignal(thread)) {
      thread.goOnWith(again);
    }
  }

  private static boolean hasSignal(TracedThread thread) throws IOException {
    long pending = 0;
    Path status = Path.of("/proc/" + thread.process().pid() + "/task/" + thread.tid() + "/status");
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("SigPnd:") || line.startsWith("ShdPnd:")) {
        pending |= Long.parseUnsignedLong(line.substring(line.indexOf(':') + 1).strip(), 16);
      }
    }
    return (pending & ~thread.signalMask()) != 0;
  }
}
