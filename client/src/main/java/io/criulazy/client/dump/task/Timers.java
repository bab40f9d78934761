package io.criulazy.client.dump.task;

import io.criulazy.client.dump.proc.ProcFile;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.task.IntervalTimer;
import io.criulazy.proto.image.task.PosixTimer;
import io.criulazy.proto.image.task.TaskTimers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The timers of a process. */
final class Timers {
  private static final int REAL = 0;
  private static final int VIRTUAL = 1;
  private static final int PROFILING = 2;
  private static final int TIME_BYTES = 32;
  private static final int SIGEV_SIGNAL = 0;
  private static final int SIGEV_NONE = 1;
  private static final int SIGEV_THREAD = 2;
  private static final int SIGEV_THREAD_ID = 4;

  /** /proc/PID/timers: four lines a timer. */
  private static final Pattern TIMER =
      Pattern.compile(
          "ID: (\\d+)\\s+signal: (\\d+)/([0-9a-fx]+)\\s+notify: (\\w+)/(\\w+)\\.(\\d+)\\s+ClockID: (-?\\d+)");

  private Timers() {}

  static TaskTimers of(int pid, Asked leader) throws IOException {
    return new TaskTimers(
        interval(leader, REAL),
        interval(leader, VIRTUAL),
        interval(leader, PROFILING),
        posix(pid, leader));
  }

  private static IntervalTimer interval(Asked leader, int which) throws IOException {
    leader.call("getitimer", SyscallNumbers.GETITIMER, which, leader.room());
    ByteBuffer timer = leader.answer(TIME_BYTES);
    long seconds = timer.getLong(0);
    long microseconds = timer.getLong(8);
    boolean running = timer.getLong(16) != 0 || timer.getLong(24) != 0;
    // Between a signal's sending and its delivery the kernel shows no time left: it starts the
    // timer anew with the delivery. A restore can only start it now.
    return new IntervalTimer(
        seconds,
        microseconds,
        running ? timer.getLong(16) : seconds,
        running ? timer.getLong(24) : microseconds);
  }

  private static List<PosixTimer> posix(int pid, Asked leader) throws IOException {
    List<PosixTimer> timers = new ArrayList<>();
    Matcher found = TIMER.matcher(ProcFile.text(pid, "timers"));
    while (found.find()) {
      timers.add(timer(found, leader));
    }
    return timers;
  }

  private static PosixTimer timer(Matcher text, Asked leader) throws IOException {
    int id = Integer.parseInt(text.group(1));
    boolean toThread = text.group(5).equals("tid");
    int notification =
        switch (text.group(4)) {
          case "signal" -> SIGEV_SIGNAL;
          case "none" -> SIGEV_NONE;
          default -> SIGEV_THREAD;
        };
    int overrun = (int) leader.call("timer_getoverrun", SyscallNumbers.TIMER_GETOVERRUN, id);
    leader.call("timer_gettime", SyscallNumbers.TIMER_GETTIME, id, leader.room());
    ByteBuffer time = leader.answer(TIME_BYTES);
    return new PosixTimer(
        id,
        Integer.parseInt(text.group(7)),
        Integer.parseInt(text.group(2)),
        toThread ? notification | SIGEV_THREAD_ID : notification,
        Long.parseUnsignedLong(text.group(3).replace("0x", ""), 16),
        overrun,
        time.getLong(0),
        time.getLong(8),
        time.getLong(16),
        time.getLong(24),
        toThread ? OptionalInt.of(Integer.parseInt(text.group(6))) : OptionalInt.empty());
  }
}
