package io.criulazy.client.trace;

import io.criulazy.client.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Threads that were waiting in one of those calls that the kernel does not make again by itself
 * when a thread was stopped: they give EINTR then, as signal(7) tells, though there was no signal.
 * They have done nothing yet, so that they can be made again when the thread goes on, unless a
 * signal of the process's own is waiting, which the EINTR may be meant for.
 */
public final class InterruptedCalls {
  private InterruptedCalls() {}

  /**
   * Has a stopped thread make its call again when it goes on, if it was in one of these.
   *
   * @param numbers calls that have done nothing when they return EINTR
   */
  public static void repeat(TracedThread thread, List<Integer> numbers) throws IOException {
    Registers registers = thread.registers();
    for (int number : numbers) {
      Registers again = Architecture.current().madeAgain(registers, number, -(long) Errno.EINTR);
      if (again != null && !hasSignal(thread)) {
        thread.goOnWith(again);
        return;
      }
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
