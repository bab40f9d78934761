package io.criulazy.client.rings;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.ProcTasks;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits until nothing seems to be in flight where the kernel's structures can't be read: as many
 * completions as requests, nothing that waits for a file, no worker at work. Leaves no trace. The
 * proof is a request of ours that is answered when all others are ({@link ProbedRecorder}); it is
 * made only when nothing speaks against it, since it can't be taken back.
 */
final class ProbedEmptying {
  private static final long PAUSE_NS = 1_000_000;
  private static final long QUIET_NS = 200_000_000;
  private static final String IDLE_WORKER = "io_wq_worker";
  private static final String WORKER_NAME = "iou-wrk-";
  private static final List<String> COMMANDED = List.of("/dev/fuse", "/dev/ublk", "/dev/ng");

  private final TracedProcess traced;
  private final FoundProcess process;
  private final List<ProbedRing> rings = new ArrayList<>();
  private boolean cancelled;
  private int stirred;
  private long stirredNs = System.nanoTime();

  private ProbedEmptying(TracedProcess traced, FoundProcess process) {
    this.traced = traced;
    this.process = process;
  }

  /**
   * Empties the rings of one process.
   *
   * @throws IOException naming what speaks against it when the time is over; the process can go on
   */
  static void empty(
      TracedProcess traced, FoundProcess process, Duration limit, InFlightPolicy policy)
      throws IOException {
    ProbedEmptying emptying = new ProbedEmptying(traced, process);
    Map<Integer, Integer> places = ProbedRing.places(traced);
    for (FoundRing ring : process.rings()) {
      emptying.rings.add(ProbedRing.of(traced, ring, places));
    }
    emptying.empty(limit, policy);
  }

  private void empty(Duration limit, InFlightPolicy policy) throws IOException {
    if (settle(limit)) {
      return;
    }
    if (policy == InFlightPolicy.CANCEL) {
      for (ProbedRing ring : rings) {
        RingEmptying.cancel(ring.owner(), ring.ring());
      }
      cancelled = true;
      if (settle(limit)) {
        return;
      }
    }
    throw new IOException(
        "still in flight after %d ms, as far as can be told without BPF: %s. "
                .formatted(limit.toMillis(), String.join("; ", busy()))
            + (cancelled
                ? "What is left was not cancelled, or can't be told from requests without a"
                    + " completion"
                : "Wait for a quieter moment, or have them cancelled (--inflight=cancel)"));
  }

  private boolean settle(Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    while (!busy().isEmpty()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      turn();
      LockSupport.parkNanos(PAUSE_NS);
    }
    return true;
  }

  /** What speaks against it, in words. */
  private List<String> busy() throws IOException {
    List<String> busy = new ArrayList<>();
    int completions = 0;
    boolean unbalanced = false;
    for (ProbedRing ring : rings) {
      RingInfo info =
          RingInfo.of(ring.ring())
              .orElseThrow(() -> new IOException(ring.ring() + ": fdinfo has no word of it"));
      int more = more(info);
      completions += info.number("CachedCqTail") + info.overflow();
      unbalanced |= more != 0;
      boolean counts = cancelled ? more > 0 : more != 0;
      if (counts && more < 0) {
        busy.add(
            ring.ring()
                + ": %d completions more than requests, so that those in flight can't be counted"
                    .formatted(-more));
      } else if (counts || !info.polled().isEmpty()) {
        busy.add(InFlightText.of(ring.ring(), Math.max(more, info.polled().size()), info.polled()));
      }
      if (isBeingPolled(info)) {
        busy.add(ring.ring() + ": its polling thread is at work");
      }
    }
    workers(busy);
    if (unbalanced) {
      commanded(busy);
      quiet(completions, busy);
    }
    return busy;
  }

  /** Requests without a completion, less completions without a request. */
  private static int more(RingInfo info) throws IOException {
    return info.number("CachedSqHead") - info.number("CachedCqTail") - info.overflow();
  }

  /** Entries that a polling thread may be about to take; it sleeps when it has told so. */
  private boolean isBeingPolled(RingInfo info) throws IOException {
    int thread = info.number("SqThread");
    return thread != -1
        && info.number("SqTail") != info.number("CachedSqHead")
        && !wchan(thread).contains("sq_thread");
  }

  /** Where counting is no help: what can't be cancelled has had some time. */
  private void quiet(int completions, List<String> busy) {
    if (completions != stirred) {
      stirred = completions;
      stirredNs = System.nanoTime();
    }
    if (System.nanoTime() - stirredNs < QUIET_NS) {
      busy.add("completions that have just come in");
    }
  }

  /** Commands to drivers are no file's waiters, and are not cancelled. */
  private void commanded(List<String> busy) throws IOException {
    for (Map.Entry<Integer, String> fd : ProcDescriptor.links(process.pid()).entrySet()) {
      if (COMMANDED.stream().anyMatch(fd.getValue()::startsWith)) {
        busy.add(
            "process %d has fd %d, %s, to which commands (uring_cmd) may be in flight"
                .formatted(process.pid(), fd.getKey(), fd.getValue()));
      }
    }
  }

  private void workers(List<String> busy) throws IOException {
    for (int tid : ProcTasks.threads(traced.pid())) {
      String name = ProcTasks.status(tid, "Name").orElse("");
      if (name.startsWith(WORKER_NAME) && !wchan(tid).equals(IDLE_WORKER)) {
        busy.add("worker " + tid + " of process " + traced.pid() + " is at work");
      }
    }
  }

  private static String wchan(int tid) throws IOException {
    try {
      return new String(
          Files.readAllBytes(Path.of("/proc/" + tid + "/wchan")),
          java.nio.charset.StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return IDLE_WORKER; // it has ended
    }
  }

  /** Each thread does what the kernel has left for it. */
  private void turn() throws IOException {
    for (TracedThread thread : traced.threads()) {
      thread.call(SyscallNumbers.SCHED_YIELD);
    }
    for (ProbedRing ring : rings) {
      if (ring.isSingle()) {
        ring.owner()
            .call(
                SyscallNumbers.IO_URING_ENTER, ring.ring().fd(), 0, 0, Uring.ENTER_GETEVENTS, 0, 0);
      }
    }
  }
}
