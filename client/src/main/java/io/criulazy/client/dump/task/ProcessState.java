package io.criulazy.client.dump.task;

import io.criulazy.client.dump.proc.ProcFile;
import io.criulazy.client.dump.proc.ProcStat;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.client.trace.XsaveLayout;
import io.criulazy.proto.image.TaskState;
import io.criulazy.proto.image.VmaStatus;
import io.criulazy.proto.image.memory.AioRing;
import io.criulazy.proto.image.memory.Mm;
import io.criulazy.proto.image.memory.VmArea;
import io.criulazy.proto.image.task.Core;
import io.criulazy.proto.image.task.ResourceLimit;
import io.criulazy.proto.image.task.ResourceLimits;
import io.criulazy.proto.image.task.TaskCore;
import io.criulazy.proto.image.tree.KernelObjectIds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What the images tell of a stopped process and its threads, beside its files. */
public final class ProcessState {
  private static final int PR_GET_DUMPABLE = 3;
  private static final int PR_GET_CHILD_SUBREAPER = 37;
  private static final int PR_GET_THP_DISABLE = 42;
  private static final int MEMBARRIER_GET_REGISTRATIONS = 1 << 9;
  private static final int LIMITS = 16;
  private static final int LIMIT_BYTES = 16;
  private static final int SIGSTOP = 19;
  private static final int SCRATCH_BYTES = 4096;
  private static final int HEX = 16;
  private static final int AIO_HEADER_BYTES = 32;
  private static final int AIO_EVENT_BYTES = 32;

  private final TracedProcess process;
  private final ProcStat stat;
  private final boolean stopped;

  /**
   * @param stopped whether it was stopped by a signal before it was seized
   */
  public ProcessState(TracedProcess process, boolean stopped) throws IOException {
    this.process = process;
    this.stat = ProcStat.of(process.pid());
    this.stopped = stopped;
  }

  /**
   * What was asked of the process itself: memory that was borrowed for that is given back.
   *
   * @param cores by tid, the leader's first
   * @param brk end of the heap
   */
  public record Answers(Map<Integer, Core> cores, long brk, int dumpable, boolean thpDisabled) {}

  /** Asks all threads. */
  public Answers ask(XsaveLayout layout, KernelObjectIds ids) throws IOException {
    try (Scratch scratch = Scratch.allocate(process.leader(), SCRATCH_BYTES)) {
      Map<Integer, Core> cores = new LinkedHashMap<>();
      ThreadState leader = new ThreadState(process.leader(), scratch);
      cores.put(process.pid(), leaderCore(leader, layout, ids));
      for (TracedThread thread : process.threads()) {
        if (thread.tid() != process.pid()) {
          cores.put(thread.tid(), threadCore(new ThreadState(thread, scratch), layout));
        }
      }
      Asked asked = leader.asked();
      return new Answers(
          cores,
          asked.call("brk", SyscallNumbers.BRK, 0),
          asked.property("PR_GET_DUMPABLE", PR_GET_DUMPABLE),
          asked.property("PR_GET_THP_DISABLE", PR_GET_THP_DISABLE) != 0);
    }
  }

  private static Core threadCore(ThreadState thread, XsaveLayout layout) throws IOException {
    return new Core(
        Core.X86_64,
        Optional.of(thread.info(layout)),
        Optional.empty(),
        Optional.empty(),
        Optional.of(thread.core(false)));
  }

  private Core leaderCore(ThreadState leader, XsaveLayout layout, KernelObjectIds ids)
      throws IOException {
    return new Core(
        Core.X86_64,
        Optional.of(leader.info(layout)),
        Optional.of(task(leader.asked())),
        Optional.of(ids),
        Optional.of(leader.core(true)));
  }

  private TaskCore task(Asked asked) throws IOException {
    int pid = process.pid();
    long barriers = asked.tryCall(SyscallNumbers.MEMBARRIER, MEMBARRIER_GET_REGISTRATIONS, 0, 0);
    return new TaskCore(
        (stopped ? TaskState.STOPPED : TaskState.ALIVE).number(),
        0,
        (int) Long.parseLong(ProcFile.text(pid, "personality").trim(), HEX),
        (int) stat.flags(),
        process.leader().signalMask(),
        ProcFile.text(pid, "comm").stripTrailing(),
        Optional.of(Timers.of(pid, asked)),
        Optional.of(limits(asked)),
        OptionalInt.empty(),
        Optional.of(Signals.pending(process.leader(), true)),
        OptionalInt.empty(),
        OptionalInt.empty(),
        optionalNumber(pid, "loginuid"),
        optionalNumber(pid, "oom_score_adj"),
        Signals.actions(asked),
        Optional.of(asked.stored("PR_GET_CHILD_SUBREAPER", PR_GET_CHILD_SUBREAPER).getInt(0) != 0),
        OptionalLong.empty(),
        stopped ? OptionalInt.of(SIGSTOP) : OptionalInt.empty(),
        barriers > 0 ? OptionalInt.of((int) barriers) : OptionalInt.empty());
  }

  /** Kernels can be built without them. */
  private static OptionalInt optionalNumber(int pid, String name) throws IOException {
    return Files.exists(ProcFile.path(pid, name))
        ? OptionalInt.of((int) Long.parseLong(ProcFile.text(pid, name).trim()))
        : OptionalInt.empty();
  }

  private static ResourceLimits limits(Asked asked) throws IOException {
    List<ResourceLimit> limits = new ArrayList<>();
    for (int limit = 0; limit < LIMITS; limit++) {
      asked.call("prlimit64", SyscallNumbers.PRLIMIT64, 0, limit, 0, asked.room());
      ByteBuffer answer = asked.answer(LIMIT_BYTES);
      limits.add(new ResourceLimit(answer.getLong(0), answer.getLong(8)));
    }
    return new ResourceLimits(limits);
  }

  /**
   * The address space.
   *
   * @param exeFileId the program in {@code files.img}
   */
  public Mm mm(Answers answers, List<VmArea> areas, int exeFileId) throws IOException {
    return new Mm(
        stat.field(26),
        stat.field(27),
        stat.field(45),
        stat.field(46),
        stat.field(28),
        stat.field(47),
        answers.brk(),
        stat.field(48),
        stat.field(49),
        stat.field(50),
        stat.field(51),
        exeFileId,
        auxiliaryVector(),
        areas,
        OptionalInt.of(answers.dumpable()),
        areas.stream()
            .filter(area -> (area.status() & VmaStatus.AIO_RING) != 0)
            .map(ProcessState::aioRing)
            .toList(),
        Optional.of(answers.thpDisabled()));
  }

  /**
   * A context, whose ring has the kernel's share for twice the events that were asked for, and two.
   */
  private static AioRing aioRing(VmArea area) {
    int length = Math.toIntExact(area.end() - area.start());
    int events = (length - AIO_HEADER_BYTES) / AIO_EVENT_BYTES;
    return new AioRing(area.start(), (events - 2) / 2, length);
  }

  /** Without the pair of zeros at its end. */
  private List<Long> auxiliaryVector() throws IOException {
    ByteBuffer bytes =
        ByteBuffer.wrap(Files.readAllBytes(ProcFile.path(process.pid(), "auxv")))
            .order(ByteOrder.LITTLE_ENDIAN);
    List<Long> words = new ArrayList<>();
    while (bytes.remaining() >= 2 * Long.BYTES && bytes.getLong(bytes.position()) != 0) {
      words.add(bytes.getLong());
      words.add(bytes.getLong());
    }
    return words;
  }
}
