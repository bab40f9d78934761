package io.criulazy.client.dump.task;

import io.criulazy.client.dump.proc.ProcFile;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.Ptrace;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.client.trace.XsaveLayout;
import io.criulazy.proto.image.task.Credentials;
import io.criulazy.proto.image.task.RseqArea;
import io.criulazy.proto.image.task.ThreadCore;
import io.criulazy.proto.image.task.ThreadInfoX86;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** What the images tell of a thread. */
final class ThreadState {
  /** The one set of control groups: that of the one who dumps. */
  static final int CG_SET = 1;

  private static final int PR_GET_PDEATHSIG = 2;
  private static final int PR_GET_SECUREBITS = 27;
  private static final int PR_GET_TID_ADDRESS = 40;
  private static final int RSEQ_BYTES = 24;
  private static final int PRIO_PROCESS = 0;
  private static final int NICE_ZERO = 20;
  private static final int RESET_ON_FORK = 0x40000000;
  private static final int HEX = 16;

  private final TracedThread thread;
  private final Asked asked;

  /**
   * @param scratch memory of its process, of a page or more
   */
  ThreadState(TracedThread thread, Scratch scratch) {
    this.thread = thread;
    this.asked = new Asked(thread, scratch);
  }

  Asked asked() {
    return asked;
  }

  /** The registers; to be asked for when the thread has made a call: that leaves sequences. */
  ThreadInfoX86 info(XsaveLayout layout) throws IOException {
    long clearTid = asked.stored("PR_GET_TID_ADDRESS", PR_GET_TID_ADDRESS).getLong(0);
    return new ThreadInfoX86(
        clearTid,
        ThreadRegisters.general(thread),
        ThreadRegisters.extended(thread, layout),
        List.of());
  }

  /**
   * What all machines have.
   *
   * @param leader whether its mask is told of elsewhere
   */
  ThreadCore core(boolean leader) throws IOException {
    NativeBuffer list = new NativeBuffer(16);
    check(
        "get_robust_list",
        SystemCall.call(
            SyscallNumbers.GET_ROBUST_LIST, thread.tid(), list.address(), list.address() + 8));
    int policy = (int) check("sched_getscheduler", ask(SyscallNumbers.SCHED_GETSCHEDULER));
    NativeBuffer parameters = new NativeBuffer(8);
    check(
        "sched_getparam",
        SystemCall.call(SyscallNumbers.SCHED_GETPARAM, thread.tid(), parameters.address()));
    int nice =
        NICE_ZERO
            - (int)
                check(
                    "getpriority",
                    SystemCall.call(SyscallNumbers.GETPRIORITY, PRIO_PROCESS, thread.tid()));
    int priority = parameters.getInt(0);
    int deathSignal = asked.stored("PR_GET_PDEATHSIG", PR_GET_PDEATHSIG).getInt(0);
    return new ThreadCore(
        list.getLong(0),
        (int) list.getLong(8),
        OptionalInt.of(nice),
        OptionalInt.of(policy & ~RESET_ON_FORK),
        priority == 0 ? OptionalInt.empty() : OptionalInt.of(priority),
        leader ? OptionalLong.empty() : OptionalLong.of(thread.signalMask()),
        Optional.of(Signals.alternateStack(asked)),
        deathSignal == 0 ? OptionalInt.empty() : OptionalInt.of(deathSignal),
        Optional.of(Signals.pending(thread, false)),
        Optional.of(credentials()),
        OptionalInt.empty(),
        OptionalInt.empty(),
        Optional.of(ProcFile.text(thread.tid(), "comm").stripTrailing()),
        OptionalLong.empty(),
        rseq(),
        OptionalInt.of(CG_SET));
  }

  private long ask(int number) {
    return SystemCall.call(number, thread.tid());
  }

  private long check(String call, long result) throws IOException {
    return SysException.check(call, thread.toString(), result);
  }

  private Optional<RseqArea> rseq() throws IOException {
    NativeBuffer area = new NativeBuffer(RSEQ_BYTES);
    check("ptrace(rseq)", thread.request(tid -> Ptrace.rseqConfiguration(tid, area)));
    return area.getLong(0) == 0
        ? Optional.empty()
        : Optional.of(
            new RseqArea(area.getLong(0), area.getInt(8), area.getInt(12), OptionalLong.empty()));
  }

  private Credentials credentials() throws IOException {
    Map<String, String> status = ProcFile.keys(thread.tid(), "status");
    List<Integer> uids = numbers(status.get("Uid"));
    List<Integer> gids = numbers(status.get("Gid"));
    boolean noNewPrivs = status.getOrDefault("NoNewPrivs", "0").equals("1");
    return new Credentials(
        uids.get(0),
        gids.get(0),
        uids.get(1),
        gids.get(1),
        uids.get(2),
        gids.get(2),
        uids.get(3),
        gids.get(3),
        capabilities(status, "CapInh"),
        capabilities(status, "CapPrm"),
        capabilities(status, "CapEff"),
        capabilities(status, "CapBnd"),
        asked.property("PR_GET_SECUREBITS", PR_GET_SECUREBITS),
        numbers(status.get("Groups")),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        noNewPrivs ? OptionalInt.of(1) : OptionalInt.empty(),
        capabilities(status, "CapAmb"));
  }

  private static List<Integer> numbers(String text) {
    return Stream.of(text.split("\\s+"))
        .filter(word -> !word.isEmpty())
        .map(Integer::parseUnsignedInt)
        .toList();
  }

  private static List<Integer> capabilities(Map<String, String> status, String set) {
    long bits = Long.parseUnsignedLong(status.get(set), HEX);
    List<Integer> words = new ArrayList<>();
    words.add((int) bits);
    words.add((int) (bits >>> Integer.SIZE));
    return words;
  }
}
