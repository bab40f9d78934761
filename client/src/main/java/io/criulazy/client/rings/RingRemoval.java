package io.criulazy.client.rings;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.proto.image.IoUringImage;
import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes the rings of a stopped process away, with their state recorded: unmaps them, closes them,
 * and waits until the kernel's threads that worked for them have gone.
 */
public final class RingRemoval {
  private static final Duration WORKERS_LIMIT = Duration.ofSeconds(10);
  private static final long PAUSE_NS = 500_000;
  private static final int UPDATE_BYTES = 16;

  private final TracedProcess traced;
  private IOException failure;

  private RingRemoval(TracedProcess traced) {
    this.traced = traced;
  }

  /**
   * Takes away the rings of one process, which {@link RingEmptying} has emptied and {@link
   * RingSurvey#refusals} has nothing against. If that fails half-way they are put back.
   *
   * @param stopped whether it was stopped by a signal, and is to stay so
   * @return what {@link RingRestore} needs; without rings if it had none
   */
  public static IoUringImage takeAway(RingSurvey survey, TracedProcess traced, boolean stopped)
      throws IOException {
    IoUringImage image = record(survey, traced, stopped);
    remove(traced, image);
    return image;
  }

  /**
   * The first half of it: the rings are there still, but the survey has let go of them. Without the
   * kernel's structures they are no good any more: {@link #renew} if they are to stay.
   */
  static IoUringImage record(RingSurvey survey, TracedProcess traced, boolean stopped)
      throws IOException {
    List<IoUringRing> rings = new ArrayList<>();
    for (FoundProcess process : survey.processes()) {
      if (process.pid() == traced.pid() && survey.kernel() == null) {
        return ProbedRemoval.record(traced, process, stopped);
      }
      if (process.pid() == traced.pid()) {
        for (FoundRing ring : process.rings()) {
          rings.add(RingRecorder.record(survey.kernel(), process, ring));
        }
        process.rings().forEach(FoundRing::close);
      }
    }
    return new IoUringImage(traced.pid(), stopped, rings);
  }

  /** The second half. */
  static void remove(TracedProcess traced, IoUringImage image) throws IOException {
    if (!image.rings().isEmpty()) {
      new RingRemoval(traced).takeAway(image);
    }
  }

  /** Puts recorded rings in the place of those that they were recorded from. */
  static void renew(TracedProcess traced, IoUringImage image) throws IOException {
    RingRemoval removal = new RingRemoval(traced);
    removal.removeAll(image);
    RingRestore.putBack(traced, image);
    if (removal.failure != null) {
      throw removal.failure;
    }
  }

  private void takeAway(IoUringImage image) throws IOException {
    removeAll(image);
    attempt(this::awaitWorkers);
    if (failure != null) {
      try {
        RingRestore.putBack(traced, image);
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
      throw failure;
    }
  }

  private void removeAll(IoUringImage image) {
    for (IoUringRing ring : image.rings()) {
      for (IoUringRing.Registration registration : ring.registrations()) {
        attempt(() -> unregister(ring, registration));
      }
      for (IoUringRing.Mapping mapping : ring.mappings()) {
        attempt(() -> call(SyscallNumbers.MUNMAP, mapping.start(), mapping.length()));
      }
      for (IoUringRing.Descriptor fd : ring.fds()) {
        attempt(() -> call(SyscallNumbers.CLOSE, fd.fd()));
      }
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  /** Once begun, all of it is taken away: then it can be put back whole. */
  private void attempt(Step step) {
    try {
      step.run();
    } catch (IOException e) {
      if (failure == null) {
        failure = e;
      } else {
        failure.addSuppressed(e);
      }
    }
  }

  private void call(int number, long... arguments) throws IOException {
    TracedThread leader = traced.leader();
    String subject = "a ring of " + leader;
    SysException.check("system call " + number, subject, leader.call(number, arguments));
  }

  /** {@code struct io_uring_rsrc_update { u32 offset, resv; u64 data; }}. */
  private void unregister(IoUringRing ring, IoUringRing.Registration registration)
      throws IOException {
    TracedThread thread = traced.thread(registration.tid());
    try (Scratch scratch = Scratch.allocate(thread, UPDATE_BYTES)) {
      scratch.write(0, ForeignMemory.layout(UPDATE_BYTES).putInt(0, registration.index()).array());
      long result =
          thread.call(
              SyscallNumbers.IO_URING_REGISTER,
              ring.fds().get(0).fd(),
              Uring.UNREGISTER_RING_FDS,
              scratch.address(),
              1);
      SysException.check("io_uring_register(UNREGISTER_RING_FDS)", thread.toString(), result);
    }
  }

  /** The kernel ends them in work that it leaves to the threads that used the ring. */
  private void awaitWorkers() throws IOException {
    long end = System.nanoTime() + WORKERS_LIMIT.toNanos();
    do {
      for (TracedThread thread : traced.threads()) {
        thread.call(SyscallNumbers.SCHED_YIELD);
      }
      if (FoundProcess.kernelThreads(traced.pid()) == 0) {
        return;
      }
      LockSupport.parkNanos(PAUSE_NS);
    } while (System.nanoTime() - end < 0);
    throw new IOException(
        "the kernel's io_uring threads of process " + traced.pid() + " do not end");
  }
}
