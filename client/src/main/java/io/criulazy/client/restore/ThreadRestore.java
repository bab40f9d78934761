package io.criulazy.client.restore;

import io.criulazy.client.engine.XsaveArea;
import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.Ptrace;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.trace.Registers;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.client.trace.X86Architecture;
import io.criulazy.client.trace.XsaveLayout;
import io.criulazy.proto.image.task.AlternateStack;
import io.criulazy.proto.image.task.Core;
import io.criulazy.proto.image.task.GeneralRegisters;
import io.criulazy.proto.image.task.RseqArea;
import io.criulazy.proto.image.task.SignalInfo;
import io.criulazy.proto.image.task.SignalQueue;
import io.criulazy.proto.image.task.ThreadCore;
import io.criulazy.proto.image.task.ThreadInfoX86;
import java.io.IOException;
import java.util.OptionalLong;

/** Gives a thread of a husk the state of a recorded one. */
final class ThreadRestore {
  private static final int PR_SET_PDEATHSIG = 1;
  private static final int PR_SET_NAME = 15;
  private static final int SS_DISABLE = 2;
  private static final int STACK_BYTES = 24;
  private static final int AREA_BYTES = 16384;
  private static final int SIGINFO_SIGNAL_AT = 0;
  private static final RseqArea NO_SEQUENCES = new RseqArea(0, 0, 0, OptionalLong.empty());

  private final Workshop workshop;
  private final ThreadCore thread;
  private final ThreadInfoX86 info;

  /**
   * @param workshop of this thread
   */
  ThreadRestore(Workshop workshop, Core core) {
    this.workshop = workshop;
    this.thread = core.thread().orElseThrow();
    this.info = core.threadInfo().orElseThrow();
  }

  /** All but credentials and registers; its memory is there. */
  void restore(int pid, int tid, String name) throws IOException {
    registerAddresses();
    setName(name);
    setScheduling(tid);
    queueSignals(pid, tid);
    workshop.flush();
  }

  /** What the kernel keeps of a thread. */
  private void registerAddresses() throws IOException {
    workshop.later("set_tid_address", SyscallNumbers.SET_TID_ADDRESS, info.clearTidAddress());
    if (thread.robustList() != 0) {
      workshop.later(
          "set_robust_list",
          SyscallNumbers.SET_ROBUST_LIST,
          thread.robustList(),
          thread.robustListLength());
    }
    RseqArea rseq = thread.rseq().orElse(NO_SEQUENCES);
    if (rseq.address() != 0) { // criu writes an empty one, too
      workshop.later("rseq", SyscallNumbers.RSEQ, rseq.address(), rseq.size(), 0, rseq.signature());
    }
    if (thread.alternateStack().isPresent()) {
      setAlternateStack(thread.alternateStack().get());
    }
  }

  private void setAlternateStack(AlternateStack stack) throws IOException {
    if ((stack.flags() & SS_DISABLE) != 0 || stack.size() == 0) {
      return;
    }
    byte[] argument =
        ForeignMemory.layout(STACK_BYTES)
            .putLong(0, stack.sp())
            .putInt(8, stack.flags() & ~1) // SS_ONSTACK is told, not set
            .putLong(16, stack.size())
            .array();
    workshop.later("sigaltstack", SyscallNumbers.SIGALTSTACK, workshop.put(argument), 0);
  }

  /** Its name. */
  private void setName(String name) throws IOException {
    workshop.later("prctl(PR_SET_NAME)", SyscallNumbers.PRCTL, PR_SET_NAME, workshop.put(name));
  }

  /** How it is scheduled, and what it gets when its parent ends. */
  private void setScheduling(int tid) throws IOException {
    Scheduling.set(tid, thread);
    int signal = thread.parentDeathSignal().orElse(0);
    if (signal != 0) {
      workshop.later("prctl(PR_SET_PDEATHSIG)", SyscallNumbers.PRCTL, PR_SET_PDEATHSIG, signal);
    }
  }

  /** Signals that wait for this thread; all are blocked while it is a husk. */
  private void queueSignals(int pid, int tid) throws IOException {
    for (SignalInfo signal :
        thread.pendingSignals().map(SignalQueue::signals).orElse(java.util.List.of())) {
      long info = workshop.put(signal.siginfo());
      workshop.later(
          "rt_tgsigqueueinfo", SyscallNumbers.RT_TGSIGQUEUEINFO, pid, tid, number(signal), info);
    }
  }

  static int number(SignalInfo signal) {
    return java.nio.ByteBuffer.wrap(signal.siginfo())
        .order(java.nio.ByteOrder.nativeOrder())
        .getInt(SIGINFO_SIGNAL_AT);
  }

  /** Who it is and what it may. */
  void setCredentials() throws IOException {
    if (thread.credentials().isPresent()) {
      new CredentialRestore(workshop, thread.credentials().get()).set();
    }
  }

  /** The last: with what it goes on. */
  void setRegisters(XsaveLayout layout, long blockedSignals) throws IOException {
    TracedThread traced = workshop.thread();
    NativeBuffer area = new NativeBuffer(AREA_BYTES);
    long bytes = traced.request(tid -> Ptrace.readRegisters(tid, Ptrace.X86_EXTENDED_STATE, area));
    SysException.check("ptrace(PTRACE_GETREGSET)", traced.toString(), bytes);
    putExtended(area, (int) bytes, layout);
    SysException.check(
        "ptrace(PTRACE_SETREGSET)",
        traced + ", vector registers",
        traced.request(
            tid -> Ptrace.writeRegisters(tid, Ptrace.X86_EXTENDED_STATE, area, (int) bytes)));
    traced.goOnWithSignalMask(blockedSignals);
    traced.goOnWith(general(info.generalRegisters()));
  }

  private void putExtended(NativeBuffer area, int areaBytes, XsaveLayout layout)
      throws IOException {
    byte[] bytes = area.getBytes(0, areaBytes);
    long missing = XsaveArea.missingComponents(info.floatingPoint(), bytes, layout);
    if (missing != 0) {
      throw new IOException(
          ("%s uses registers that this processor does not have: XSAVE components 0x%x;"
                  + " restore on a processor that has them")
              .formatted(workshop.thread(), missing));
    }
    XsaveArea.toArea(info.floatingPoint(), bytes, layout);
    area.putBytes(0, bytes);
  }

  /** It is in no system call: one that was interrupted was set back before it by the dump. */
  private static Registers general(GeneralRegisters saved) {
    long[] words = new long[X86Architecture.COUNT];
    words[X86Architecture.R15] = saved.r15();
    words[X86Architecture.R14] = saved.r14();
    words[X86Architecture.R13] = saved.r13();
    words[X86Architecture.R12] = saved.r12();
    words[X86Architecture.RBP] = saved.bp();
    words[X86Architecture.RBX] = saved.bx();
    words[X86Architecture.R11] = saved.r11();
    words[X86Architecture.R10] = saved.r10();
    words[X86Architecture.R9] = saved.r9();
    words[X86Architecture.R8] = saved.r8();
    words[X86Architecture.RAX] = saved.ax();
    words[X86Architecture.RCX] = saved.cx();
    words[X86Architecture.RDX] = saved.dx();
    words[X86Architecture.RSI] = saved.si();
    words[X86Architecture.RDI] = saved.di();
    words[X86Architecture.ORIG_RAX] = -1;
    words[X86Architecture.RIP] = saved.ip();
    words[X86Architecture.CS] = saved.cs();
    words[X86Architecture.FLAGS] = saved.flags();
    words[X86Architecture.RSP] = saved.sp();
    words[X86Architecture.SS] = saved.ss();
    words[X86Architecture.FS_BASE] = saved.fsBase();
    words[X86Architecture.GS_BASE] = saved.gsBase();
    words[X86Architecture.DS] = saved.ds();
    words[X86Architecture.ES] = saved.es();
    words[X86Architecture.FS] = saved.fs();
    words[X86Architecture.GS] = saved.gs();
    return new Registers(words);
  }
}
