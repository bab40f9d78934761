package io.criulazy.client.restore;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.proto.image.memory.Mm;
import io.criulazy.proto.image.task.IntervalTimer;
import io.criulazy.proto.image.task.ResourceLimit;
import io.criulazy.proto.image.task.ResourceLimits;
import io.criulazy.proto.image.task.SignalAction;
import io.criulazy.proto.image.task.SignalInfo;
import io.criulazy.proto.image.task.SignalQueue;
import io.criulazy.proto.image.task.TaskCore;
import io.criulazy.proto.image.task.TaskTimers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Gives a husk what the threads of a task share, beside memory and files. */
final class ProcessState {
  private static final int PR_SET_DUMPABLE = 4;
  private static final int PR_SET_MM = 35;
  private static final int PR_SET_MM_MAP = 14;
  private static final int PR_SET_CHILD_SUBREAPER = 36;
  private static final int PR_SET_THP_DISABLE = 41;
  private static final int AT_FDCWD = -100;
  private static final int O_CLOEXEC = 0x80000;
  private static final int ACTION_BYTES = 32;
  private static final int SIGNAL_SET_BYTES = 8;
  private static final int SIGKILL = 9;
  private static final int SIGSTOP = 19;
  private static final int TIMER_BYTES = 32;
  private static final int MM_MAP_BYTES = 104;
  private static final long NO_CHANGE = -1;

  private final Workshop workshop;
  private final SavedTree tree;
  private final SavedTask task;
  private final TaskCore core;

  /**
   * @param workshop of the first thread
   */
  ProcessState(Workshop workshop, SavedTree tree, SavedTask task) {
    this.workshop = workshop;
    this.tree = tree;
    this.task = task;
    this.core = task.taskCore();
  }

  /**
   * Where code, data, heap, stack, arguments and environment are, and the executable: all of the
   * old ones have to be unmapped.
   *
   * <pre>
   * struct prctl_mm_map { u64 start_code, end_code, start_data, end_data, start_brk, brk,
   *     start_stack, arg_start, arg_end, env_start, env_end; u64 *auxv; u32 auxv_size, exe_fd; };
   * </pre>
   */
  void describeMemory() throws IOException {
    Mm mm = task.mm();
    String path = tree.path(mm.exeFileId());
    // The kernel refuses to change to what is mapped already, as with a JVM that is restored by its
    // like.
    Path own = Files.readSymbolicLink(Path.of("/proc/" + task.pid() + "/exe"));
    long exe = own.equals(Path.of(path)) ? NO_CHANGE : open(path);
    ByteBuffer auxv = ForeignMemory.layout(mm.auxv().size() * Long.BYTES);
    mm.auxv().forEach(auxv::putLong);
    ByteBuffer map = ForeignMemory.layout(MM_MAP_BYTES);
    map.putLong(mm.startCode()).putLong(mm.endCode()).putLong(mm.startData());
    map.putLong(mm.endData()).putLong(mm.startBrk()).putLong(mm.brk()).putLong(mm.startStack());
    map.putLong(mm.argStart()).putLong(mm.argEnd()).putLong(mm.envStart()).putLong(mm.envEnd());
    map.putLong(workshop.put(auxv.array())).putInt(auxv.capacity()).putInt((int) exe);
    workshop.must(
        "prctl(PR_SET_MM_MAP)",
        SyscallNumbers.PRCTL,
        PR_SET_MM,
        PR_SET_MM_MAP,
        workshop.put(map.array()),
        MM_MAP_BYTES,
        0);
    if (exe != NO_CHANGE) {
      workshop.must("close", SyscallNumbers.CLOSE, exe);
    }
    workshop.must(
        "prctl(PR_SET_THP_DISABLE)",
        SyscallNumbers.PRCTL,
        PR_SET_THP_DISABLE,
        mm.thpDisabled().orElse(false) ? 1 : 0);
  }

  private long open(String path) throws IOException {
    return workshop.must(
        "open of " + path, SyscallNumbers.OPENAT, AT_FDCWD, workshop.put(path), O_CLOEXEC, 0);
  }

  /** Begins a session, if it has one of its own. The task is its parent's child already. */
  void setSession() throws IOException {
    if (task.task().sid() == task.pid()) {
      workshop.must("setsid", SyscallNumbers.SETSID);
    }
  }

  /** Whether it leads its group without leading a session. */
  boolean leadsGroup() {
    return task.task().pgid() == task.pid() && task.task().sid() != task.pid();
  }

  /** Goes into its group, after all groups have their leaders. */
  void setGroup() throws IOException {
    int group = task.task().pgid();
    if (task.task().sid() != task.pid() && tree.hasTask(group)) {
      workshop.must("setpgid", SyscallNumbers.SETPGID, 0, group);
    }
  }

  void setSignalActions() throws IOException {
    List<SignalAction> actions = core.signalActions();
    int next = 0;
    for (int signal = 1; signal <= 64 && next < actions.size(); signal++) {
      if (signal == SIGKILL || signal == SIGSTOP) {
        continue;
      }
      SignalAction action = actions.get(next++);
      byte[] bytes =
          ForeignMemory.layout(ACTION_BYTES)
              .putLong(action.handler())
              .putLong(action.flags())
              .putLong(action.restorer())
              .putLong(action.mask())
              .array();
      workshop.later(
          "rt_sigaction(" + signal + ")",
          SyscallNumbers.RT_SIGACTION,
          signal,
          workshop.put(bytes),
          0,
          SIGNAL_SET_BYTES);
    }
    workshop.flush();
  }

  /** Where it works; paths of the images can't be used any more from here on. */
  void setPlace() throws IOException {
    String directory = tree.path(task.fs().cwdId());
    workshop.must("chdir to " + directory, SyscallNumbers.CHDIR, workshop.put(directory));
    String root = tree.path(task.fs().rootId());
    if (!root.equals("/")) {
      workshop.must("chroot to " + root, SyscallNumbers.CHROOT, workshop.put(root));
    }
    if (task.fs().umask().isPresent()) {
      workshop.must("umask", SyscallNumbers.UMASK, task.fs().umask().getAsInt());
    }
  }

  void setPersonality() throws IOException {
    workshop.must("personality", SyscallNumbers.PERSONALITY, personality(core.personality()));
    if (core.childSubreaper().orElse(false)) {
      workshop.must(
          "prctl(PR_SET_CHILD_SUBREAPER)", SyscallNumbers.PRCTL, PR_SET_CHILD_SUBREAPER, 1);
    }
    registerBarriers(core.membarrierRegistrations().orElse(0));
    if (core.oomScoreAdj().isPresent()) {
      Files.write(
          Path.of("/proc/" + task.pid() + "/oom_score_adj"),
          Integer.toString(core.oomScoreAdj().getAsInt()).getBytes(StandardCharsets.US_ASCII));
    }
  }

  /**
   * criu writes the hexadecimal digits that /proc tells as if they were decimal, and does not use
   * the number. Flags are in the upper half: a number of flags alone never looks like that, and
   * flags read as decimal always do.
   */
  static int personality(int saved) {
    boolean readAsDecimal =
        (saved & 0xFFFF) != 0 && saved % 10_000 == 0 && saved > 0 && saved < 100_000_000;
    return readAsDecimal ? Integer.parseUnsignedInt(Integer.toString(saved), 16) : saved;
  }

  /** Each bit is the command that registers the process for it. */
  private void registerBarriers(int commands) throws IOException {
    for (int bit = Integer.lowestOneBit(commands), left = commands;
        left != 0;
        left &= ~bit, bit = Integer.lowestOneBit(left)) {
      workshop.must("membarrier", SyscallNumbers.MEMBARRIER, bit, 0, 0);
    }
  }

  /** The limits that differ from those that the husk has from us. */
  void setLimits() throws IOException {
    List<ResourceLimit> limits =
        core.resourceLimits().map(ResourceLimits::limits).orElse(List.of());
    NativeBuffer limit = new NativeBuffer(32);
    for (int i = 0; i < limits.size(); i++) {
      limit.putLong(0, limits.get(i).current()).putLong(8, limits.get(i).maximum());
      long old = limit.address() + 16;
      SystemCall.call(SyscallNumbers.PRLIMIT64, task.pid(), i, 0, old);
      if (limit.getLong(0) != limit.getLong(16) || limit.getLong(8) != limit.getLong(24)) {
        SysException.check(
            "prlimit64",
            "limit " + i + " of process " + task.pid(),
            SystemCall.call(SyscallNumbers.PRLIMIT64, task.pid(), i, limit.address(), 0));
      }
    }
  }

  /** Who may look into it; setting credentials changes that. */
  void setDumpable() throws IOException {
    int dumpable = task.mm().dumpable().orElse(1);
    if (dumpable == 0 || dumpable == 1) {
      workshop.must("prctl(PR_SET_DUMPABLE)", SyscallNumbers.PRCTL, PR_SET_DUMPABLE, dumpable);
    }
  }

  /** The signals that wait for the whole process. */
  void queueSignals() throws IOException {
    for (SignalInfo signal : core.sharedSignals().map(SignalQueue::signals).orElse(List.of())) {
      workshop.must(
          "rt_sigqueueinfo",
          SyscallNumbers.RT_SIGQUEUEINFO,
          task.pid(),
          ThreadRestore.number(signal),
          workshop.put(signal.siginfo()));
    }
  }

  /** The last but registers: from here on time runs for it. */
  void setTimers() throws IOException {
    if (core.timers().isEmpty()) {
      return;
    }
    TaskTimers timers = core.timers().get();
    setTimer(0, running(timers.real()));
    setTimer(1, timers.virtual());
    setTimer(2, timers.profiling());
    workshop.flush();
    new PosixTimers(workshop).set(timers.posix());
  }

  /**
   * A timer whose signal was on its way has no time left and an interval, which the kernel would
   * start with the signal's delivery. No timer that stands still looks like that.
   */
  private static IntervalTimer running(IntervalTimer saved) {
    return saved.valueSeconds() == 0 && saved.valueMicroseconds() == 0
        ? new IntervalTimer(
            saved.intervalSeconds(),
            saved.intervalMicroseconds(),
            saved.intervalSeconds(),
            saved.intervalMicroseconds())
        : saved;
  }

  private void setTimer(int which, IntervalTimer timer) throws IOException {
    byte[] bytes =
        ForeignMemory.layout(TIMER_BYTES)
            .putLong(timer.intervalSeconds())
            .putLong(timer.intervalMicroseconds())
            .putLong(timer.valueSeconds())
            .putLong(timer.valueMicroseconds())
            .array();
    workshop.later("setitimer", SyscallNumbers.SETITIMER, which, workshop.put(bytes), 0);
  }
}
