package io.criulazy.client.restore.files;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.TimerFd;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A timerfd, armed directly before its task runs with the time that was left. One that is absolute
 * stays so, from the clock's present value on.
 *
 * <pre>
 * struct itimerspec { struct timespec interval, value; };   struct timespec { long s, ns; };
 * </pre>
 */
final class TimerFds implements Making {
  private static final int ABSOLUTE = 1;
  private static final long SET_TICKS = 0x40085400L; // TFD_IOC_SET_TICKS
  private static final int TIMESPEC_BYTES = 16;
  private static final long NS = 1_000_000_000;

  private final OpenFile file;
  private final TimerFd timer;

  private TimerFds(OpenFile file, TimerFd timer) {
    this.file = file;
    this.timer = timer;
  }

  static void plan(Plan plan, OpenFile file, TimerFd timer) {
    if (isTime(timer.valueSeconds(), timer.valueNanoseconds())
        && isTime(timer.intervalSeconds(), timer.intervalNanoseconds())) {
      plan.add(new TimerFds(file, timer));
    } else {
      plan.refuse(file, "a timer whose time is none: the images are damaged");
    }
  }

  private static boolean isTime(long seconds, long nanoseconds) {
    return seconds >= 0 && nanoseconds >= 0 && nanoseconds < NS;
  }

  @Override
  public void make(Husks husks) throws IOException {
    Husk husk = husks.maker(file);
    int fd =
        husk.aside(
            husk.must(
                "timerfd_create(clock %d)".formatted(timer.clockId()),
                SyscallNumbers.TIMERFD_CREATE,
                timer.clockId(),
                0));
    husk.setStatus(fd, timer.flags());
    husks.place(file, husk, fd, timer.owner());
  }

  @Override
  public void finish(Husks husks) throws IOException {
    Husk husk = husks.maker(file);
    ByteBuffer times = ForeignMemory.layout(2 * TIMESPEC_BYTES);
    times.putLong(timer.intervalSeconds()).putLong(timer.intervalNanoseconds());
    if (isArmed()) {
      putValue(husk, times);
    }
    husk.must(
        "timerfd_settime",
        SyscallNumbers.TIMERFD_SETTIME,
        file.firstFd(),
        timer.settimeFlags(),
        husk.put(times.array()),
        0);
    if (timer.ticks() != 0) {
      long ticks = husk.put(ForeignMemory.layout(Long.BYTES).putLong(timer.ticks()).array());
      husk.must("ioctl(TFD_IOC_SET_TICKS)", SyscallNumbers.IOCTL, file.firstFd(), SET_TICKS, ticks);
    }
  }

  private boolean isArmed() {
    return timer.valueSeconds() != 0 || timer.valueNanoseconds() != 0 || isDue();
  }

  /** The kernel starts the next period only when somebody reads: till then no time is left. */
  private boolean isDue() {
    return timer.ticks() != 0 && (timer.intervalSeconds() != 0 || timer.intervalNanoseconds() != 0);
  }

  private void putValue(Husk husk, ByteBuffer times) throws IOException {
    long seconds = timer.valueSeconds();
    long nanoseconds = timer.valueNanoseconds();
    if (seconds == 0 && nanoseconds == 0) {
      seconds = timer.intervalSeconds();
      nanoseconds = timer.intervalNanoseconds();
    }
    if ((timer.settimeFlags() & ABSOLUTE) != 0) {
      long now = husk.put(new byte[TIMESPEC_BYTES]);
      husk.must("clock_gettime", SyscallNumbers.CLOCK_GETTIME, timer.clockId(), now);
      ByteBuffer time = ForeignMemory.layout(TIMESPEC_BYTES).put(0, husk.read(now, TIMESPEC_BYTES));
      nanoseconds += time.getLong(Long.BYTES);
      seconds += time.getLong(0) + nanoseconds / NS;
      nanoseconds %= NS;
    }
    times.putLong(seconds).putLong(nanoseconds);
  }
}
