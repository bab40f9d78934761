package io.criulazy.client.rings;

import io.criulazy.client.bpf.Kernel;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits until no request of a ring or an AIO context is in flight. The threads of the process are
 * stopped; they enter the kernel for us, so that what is left for them to do there gets done. The
 * process can't tell: completions come in as they would have come. That nothing is in flight is
 * counted in the kernel's own structures, so that no request of ours is needed, and what the
 * process has not submitted yet stays as it is.
 */
public final class RingEmptying {
  /** How long to wait, unless said otherwise. */
  public static final Duration LIMIT = Duration.ofSeconds(5);

  private static final long PAUSE_NS = 1_000_000;
  private static final int CANCEL_BYTES = 64;
  private static final int CANCEL_ALL_AND_ANY = 5;
  private static final int NEED_WAKEUP = 1;

  private final Kernel kernel;
  private final TracedProcess traced;
  private final FoundProcess process;

  private RingEmptying(Kernel kernel, TracedProcess traced, FoundProcess process) {
    this.kernel = kernel;
    this.traced = traced;
    this.process = process;
  }

  /**
   * Empties the rings of one process.
   *
   * @param traced that process, which the survey has seen since it was stopped
   * @throws IOException naming what is still in flight when the time is over; the process can go on
   */
  public static void empty(
      RingSurvey survey, TracedProcess traced, Duration limit, InFlightPolicy policy)
      throws IOException {
    for (FoundProcess process : survey.processes()) {
      if (process.pid() == traced.pid() && survey.kernel() == null) {
        ProbedEmptying.empty(traced, process, limit, policy);
      } else if (process.pid() == traced.pid()) {
        new RingEmptying(survey.kernel(), traced, process).empty(limit, policy);
      }
    }
  }

  private void empty(Duration limit, InFlightPolicy policy) throws IOException {
    if (settle(limit)) {
      return;
    }
    if (policy == InFlightPolicy.CANCEL) {
      for (FoundRing ring : busy()) {
        cancel(owner(ring), ring);
      }
      if (settle(limit)) {
        return;
      }
    }
    List<String> left = busyContexts();
    for (FoundRing ring : busy()) {
      left.add(InFlightText.of(ring));
    }
    throw new IOException(
        "still in flight after %d ms: %s. Wait for a quieter moment, or have them cancelled"
                .formatted(limit.toMillis(), String.join("; ", left))
            + " (--inflight=cancel)");
  }

  private boolean settle(Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    while (!busy().isEmpty() || !busyContexts().isEmpty()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      turn();
      LockSupport.parkNanos(PAUSE_NS);
    }
    return true;
  }

  private List<FoundRing> busy() throws IOException {
    List<FoundRing> busy = new ArrayList<>();
    for (FoundRing ring : process.rings()) {
      ring.setKernelRing(ring.kernelRing().again());
      if (ring.kernelRing().inFlight() != 0 || isBeingPolled(ring)) {
        busy.add(ring);
      }
    }
    return busy;
  }

  /** AIO contexts with requests in flight, in words: criu would lose them without a word. */
  private List<String> busyContexts() throws IOException {
    List<String> busy = new ArrayList<>();
    for (ProcMapping mapping : process.aioMappings()) {
      long inFlight =
          KernelAio.inFlight(kernel, process.threads().get(process.pid()), mapping.start());
      if (inFlight != 0) {
        busy.add(
            "AIO context 0x%x of process %d: %d requests"
                .formatted(mapping.start(), process.pid(), inFlight));
      }
    }
    return busy;
  }

  /** A polling thread that is awake and has something to take. */
  private static boolean isBeingPolled(FoundRing ring) throws IOException {
    KernelRing known = ring.kernelRing();
    return known.sqThread() != null
        && known.memoryWord(Uring.SQ_TAIL) != known.cachedSqHead()
        && (known.memoryWord(Uring.SQ_FLAGS) & NEED_WAKEUP) == 0;
  }

  /** Each thread does what the kernel has left for it. */
  private void turn() throws IOException {
    for (TracedThread thread : traced.threads()) {
      thread.call(SyscallNumbers.SCHED_YIELD);
    }
    for (FoundRing ring : process.rings()) {
      if ((ring.kernelRing().setupFlags() & Uring.SETUP_DEFER_TASKRUN) != 0) {
        owner(ring)
            .call(SyscallNumbers.IO_URING_ENTER, ring.fd(), 0, 0, Uring.ENTER_GETEVENTS, 0, 0);
      }
    }
  }

  private TracedThread owner(FoundRing ring) throws IOException {
    return traced.thread(RingRefusals.ownerTid(process, ring));
  }

  /**
   * Asks the kernel to end all requests of a ring.
   *
   * <pre>
   * struct io_uring_sync_cancel_reg { u64 addr; s32 fd; u32 flags; struct timespec timeout; ... };
   * </pre>
   *
   * @param owner a thread that may use it
   */
  static void cancel(TracedThread owner, FoundRing ring) throws IOException {
    try (Scratch scratch = Scratch.allocate(owner, CANCEL_BYTES)) {
      java.nio.ByteBuffer request =
          io.criulazy.client.sys.ForeignMemory.layout(CANCEL_BYTES)
              .putInt(8, -1)
              .putInt(12, CANCEL_ALL_AND_ANY)
              .putLong(16, 1); // seconds
      scratch.write(0, request.array());
      long result =
          owner.call(
              SyscallNumbers.IO_URING_REGISTER,
              ring.fd(),
              Uring.REGISTER_SYNC_CANCEL,
              scratch.address(),
              1);
      if (result < 0 && result != -io.criulazy.client.sys.Errno.ENOENT && result != -62) {
        throw new SysException("io_uring_register(SYNC_CANCEL)", ring.toString(), result);
      }
    }
  }
}
