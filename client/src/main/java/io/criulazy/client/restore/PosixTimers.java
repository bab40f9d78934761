package io.criulazy.client.restore;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.task.PosixTimer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Timers of timer_create(2), with their ids.
 *
 * <pre>
 * struct sigevent { sigval_t value; int signo, notify; pid_t tid; ... };   64 bytes
 * struct itimerspec { struct timespec interval, value; };
 * </pre>
 */
final class PosixTimers {
  private static final int PR_TIMER_CREATE_RESTORE_IDS = 77;
  private static final int EVENT_BYTES = 64;
  private static final int SPECIFICATION_BYTES = 32;

  /** Ids are given in turn where they can't be asked for (before Linux 6.17). */
  private static final int MOST_ATTEMPTS = 100_000;

  private final Workshop workshop;

  PosixTimers(Workshop workshop) {
    this.workshop = workshop;
  }

  /** Makes and arms them. */
  void set(List<PosixTimer> timers) throws IOException {
    if (timers.isEmpty()) {
      return;
    }
    boolean asked =
        workshop.call(SyscallNumbers.PRCTL, PR_TIMER_CREATE_RESTORE_IDS, 1, 0, 0, 0) == 0;
    for (PosixTimer timer : timers) {
      create(timer);
      arm(timer);
    }
    if (asked) {
      workshop.must(
          "prctl(PR_TIMER_CREATE_RESTORE_IDS)",
          SyscallNumbers.PRCTL,
          PR_TIMER_CREATE_RESTORE_IDS,
          0,
          0,
          0,
          0);
    }
  }

  private void create(PosixTimer timer) throws IOException {
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      ByteBuffer event = ForeignMemory.layout(EVENT_BYTES);
      event.putLong(timer.value()).putInt(timer.signal()).putInt(timer.notification());
      event.putInt(timer.notifyThreadId().orElse(0));
      long eventAddress = workshop.put(event.array());
      long idAddress = workshop.put(ForeignMemory.layout(Integer.BYTES).putInt(timer.id()).array());
      workshop.must(
          "timer_create", SyscallNumbers.TIMER_CREATE, timer.clockId(), eventAddress, idAddress);
      int id =
          ByteBuffer.wrap(workshop.read(idAddress, Integer.BYTES))
              .order(java.nio.ByteOrder.nativeOrder())
              .getInt();
      if (id == timer.id()) {
        return;
      }
      workshop.must("timer_delete", SyscallNumbers.TIMER_DELETE, id);
    }
    throw new IOException("the kernel does not give a timer the id " + timer.id());
  }

  private void arm(PosixTimer timer) throws IOException {
    ByteBuffer specification = ForeignMemory.layout(SPECIFICATION_BYTES);
    specification.putLong(timer.intervalSeconds()).putLong(timer.intervalNanoseconds());
    specification.putLong(timer.valueSeconds()).putLong(timer.valueNanoseconds());
    long address = workshop.put(specification.array());
    workshop.must("timer_settime", SyscallNumbers.TIMER_SETTIME, timer.id(), 0, address, 0);
  }
}
