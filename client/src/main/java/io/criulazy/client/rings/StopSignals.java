package io.criulazy.client.rings;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Stops processes by SIGSTOP, and lets them go on without their noticing the SIGCONT. */
final class StopSignals {
  private static final int SIGSTOP = 19;
  private static final int SIGCONT = 18;
  private static final int RT_SIGTIMEDWAIT = 128;
  private static final int SIGNAL_SET_BYTES = 8;
  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);
  private static final long PAUSE_NS = 200_000;

  private StopSignals() {}

  /** Whether a process that nobody traces is stopped by a signal. */
  static boolean isStopped(int pid) throws IOException {
    return state(pid) == 'T';
  }

  /** Stops a process; one that is traced, from its release on. */
  static void stop(int pid) {
    SystemCall.call(SyscallNumbers.KILL, pid, SIGSTOP);
  }

  /** Waits until a process that is being stopped is, without an instruction of it in between. */
  static void awaitStopped(int pid) throws IOException {
    long end = System.nanoTime() + STOP_LIMIT.toNanos();
    while (!isStopped(pid)) {
      if (System.nanoTime() - end > 0) {
        throw new IOException("process " + pid + " does not stop: state " + state(pid));
      }
      LockSupport.parkNanos(PAUSE_NS);
    }
  }

  private static char state(int pid) throws IOException {
    byte[] bytes = Files.readAllBytes(Path.of("/proc/" + pid + "/stat"));
    String stat = new String(bytes, StandardCharsets.ISO_8859_1);
    return stat.charAt(stat.lastIndexOf(')') + 2);
  }

  /**
   * Ends the stop. All signals are blocked while the process is traced, so the SIGCONT waits in its
   * queue, and is taken out of it again.
   */
  static void goOn(TracedProcess process) throws IOException {
    SystemCall.call(SyscallNumbers.KILL, process.pid(), SIGCONT);
    try (Scratch scratch = Scratch.allocate(process.leader(), 3 * Long.BYTES)) {
      scratch.write(0, ForeignMemory.layout(Long.BYTES).putLong(0, 1L << (SIGCONT - 1)).array());
      long noTime = scratch.address() + Long.BYTES;
      process.leader().call(RT_SIGTIMEDWAIT, scratch.address(), 0, noTime, SIGNAL_SET_BYTES);
    }
  }
}
