package io.criulazy.client.trace;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.Ptrace;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.client.sys.WaitStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A stopped thread that makes system calls for us.
 *
 * <p>A call is made by continuing the thread at an instruction that enters the kernel, up to the
 * stop at the call's exit: no signal is involved that the process could notice. While there are
 * injected calls the thread blocks all signals, so that they wait in the kernel's own queues; the
 * only one that can't be blocked and does not kill, SIGSTOP, is kept and sent again in the end.
 *
 * <p>Methods may be called on any thread; they are carried out on the tracer's.
 */
public final class TracedThread implements RemoteCalls {
  /** How long a call may take, unless said otherwise. */
  public static final Duration CALL_LIMIT = Duration.ofSeconds(20);

  /** What has happened to it so far. */
  private enum State {
    /** Seized; its first stop has not been seen. */
    RUNNING,
    /** Stopped, its registers and signal mask as they were. */
    STOPPED,
    /** Stopped, with registers or signal mask changed. */
    INJECTED,
    /** Let go. */
    RELEASED,
    /** It has ended. */
    GONE
  }

  /** What came of an attempt to seize a thread. */
  enum Seizure {
    SEIZED,
    ENDED,
    KERNEL_WORKER
  }

  private static final int SIGTRAP = 5;
  private static final int SIGSTOP = 19;
  private static final int SIGNAL_FROM_KERNEL = 0x80;
  private static final long ALL_SIGNALS = -1L;
  private static final long ALL_BUT_SIGTRAP = ~(1L << (SIGTRAP - 1));
  private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
  private static final Duration END_LIMIT = Duration.ofSeconds(1);
  private static final int MOST_RESTARTS = 100;

  /** A call whose result lies between these was interrupted and is to be made again. */
  private static final long FIRST_RESTART = -516;

  private static final long LAST_RESTART = -512;

  private final TracedProcess process;
  private final int tid;
  private final Architecture architecture = Architecture.current();
  private final NativeBuffer registerSet =
      new NativeBuffer(Architecture.current().registerCount() * Long.BYTES);
  private final NativeBuffer word = new NativeBuffer(8);
  private final StopWait stops;
  private final Set<Integer> keptSignals = new LinkedHashSet<>();

  private State state = State.RUNNING;
  private String end = "";
  private boolean reaped;
  private Registers registers;
  private long signalMask;

  TracedThread(TracedProcess process, int tid) {
    this.process = process;
    this.tid = tid;
    this.stops = new StopWait(tid);
  }

  /** Seizes a thread and asks it to stop. */
  static Seizure trySeize(TracedProcess process, int tid) throws IOException {
    if (ProcTasks.isKernelWorker(tid)) {
      return Seizure.KERNEL_WORKER;
    }
    boolean filtered = !ProcTasks.status(tid, "Seccomp").orElse("0").equals("0");
    int options = process.options() | (filtered ? Ptrace.OPTION_SUSPEND_SECCOMP : 0);
    long result = Ptrace.seize(tid, options);
    if (result == -Errno.ESRCH || (result < 0 && ProcTasks.isZombie(tid))) {
      return Seizure.ENDED;
    }
    if (result < 0) {
      throw new TraceException(refusal(process.pid(), tid, result));
    }
    Ptrace.interrupt(tid);
    return Seizure.SEIZED;
  }

  private static String refusal(int pid, int tid, long result) {
    String tracer = ProcTasks.status(tid, "TracerPid").orElse("0");
    String cause = tracer.equals("0") ? "" : ": task " + tracer + " is tracing it";
    return "can't trace thread "
        + tid
        + " of process "
        + pid
        + " ("
        + Errno.describe((int) -result)
        + ")"
        + cause;
  }

  /**
   * Waits for the stop that was asked for, letting signals through that come first.
   *
   * @return false if the thread has ended instead
   */
  boolean awaitStop() throws IOException {
    while (true) {
      WaitStatus status = stops.await(STOP_LIMIT);
      if (status == null) {
        throw new TraceException(
            this + " does not stop: its state is " + ProcTasks.status(tid, "State").orElse("gone"));
      }
      if (!status.isStopped()) {
        ended(status);
        return false;
      }
      if (status.event() == WaitStatus.EVENT_STOP) {
        state = State.STOPPED;
        registers = readRegisters();
        signalMask = readSignalMask();
        return true;
      }
      check("PTRACE_CONT", Ptrace.cont(tid, status.event() == 0 ? status.stopSignal() : 0));
    }
  }

  /** Its id. */
  public int tid() {
    return tid;
  }

  /** The process that it belongs to. */
  public TracedProcess process() {
    return process;
  }

  /** The registers with which it was stopped, and will go on. */
  public Registers registers() {
    return registers;
  }

  /** Lets it go on with other registers. */
  public void goOnWith(Registers changed) throws IOException {
    process
        .tracer()
        .run(
            () -> {
              begin();
              registers = changed;
              return null;
            });
  }

  /** The signals that it blocks, and will block: bit n-1 for signal n. */
  public long signalMask() {
    return signalMask;
  }

  /** Lets it go on with other signals blocked. */
  public void goOnWithSignalMask(long changed) throws IOException {
    process
        .tracer()
        .run(
            () -> {
              begin();
              signalMask = changed;
              return null;
            });
  }

  /**
   * A raw ptrace request on this thread, which has to be stopped: reading registers, pending
   * signals and so on with {@link Ptrace}.
   *
   * @return the request's result, or a negative error number
   */
  public long request(java.util.function.IntToLongFunction request) throws IOException {
    return process
        .tracer()
        .run(
            () -> {
              mustBeStopped();
              return request.applyAsLong(tid);
            });
  }

  @Override
  public long call(long number, long... arguments) throws IOException {
    return process.tracer().run(() -> inject(CALL_LIMIT, number, arguments));
  }

  /**
   * {@link #call} with a time limit.
   *
   * @throws TraceException if the call has not returned by then; it is interrupted
   */
  public long call(Duration limit, long number, long... arguments) throws IOException {
    return process.tracer().run(() -> inject(limit, number, arguments));
  }

  private long inject(Duration limit, long number, long... arguments) throws IOException {
    long instruction = process.syscallInstruction();
    begin();
    for (int attempt = 0; attempt < MOST_RESTARTS; attempt++) {
      writeRegisters(architecture.forCall(registers, instruction, number, arguments));
      toSyscallStop(limit, number); // its entry
      toSyscallStop(limit, number); // its exit
      long result = architecture.result(readRegisters());
      if (result < FIRST_RESTART || result > LAST_RESTART) {
        return result;
      }
    }
    throw new TraceException(this + ": system call " + number + " is interrupted again and again");
  }

  private void toSyscallStop(Duration limit, long number) throws IOException {
    while (true) {
      check("PTRACE_SYSCALL", Ptrace.continueToSyscall(tid));
      WaitStatus status = nextStop(limit, "system call " + number);
      if (status.event() == 0 && status.stopSignal() == WaitStatus.SYSCALL_STOP) {
        return;
      }
      keepSignal(status);
    }
  }

  /** A stop that is not the one waited for: a signal is put by, a stop of the process goes on. */
  private void keepSignal(WaitStatus status) throws IOException {
    if (status.event() != 0) {
      return;
    }
    if (status.stopSignal() != SIGSTOP && isFromKernel()) {
      throw new TraceException(
          this
              + " was stopped by signal "
              + status.stopSignal()
              + " at 0x"
              + Long.toHexString(architecture.instructionPointer(readRegisters()))
              + " while it worked for us");
    }
    keptSignals.add(status.stopSignal());
  }

  private boolean isFromKernel() throws IOException {
    NativeBuffer info = new NativeBuffer(Ptrace.SIGNAL_INFO_BYTES);
    check("PTRACE_GETSIGINFO", Ptrace.signalInfo(tid, info));
    return info.getInt(8) > 0;
  }

  /**
   * Runs a stub up to the breakpoint at its end.
   *
   * @param code address of position-independent code in the process, ending in {@link
   *     Architecture#stubEnd}; it leaves vector registers alone
   * @param stackTop end of memory that it may use as a stack
   * @return what it has left as its result
   * @throws TraceException if it does not end in time, or faults
   */
  public long runStub(Duration limit, long code, long stackTop, long... arguments)
      throws IOException {
    return process.tracer().run(() -> run(limit, code, stackTop, arguments));
  }

  private long run(Duration limit, long code, long stackTop, long... arguments) throws IOException {
    IgnoredTrap trap = IgnoredTrap.of(this);
    begin();
    writeSignalMask(ALL_BUT_SIGTRAP);
    try {
      writeRegisters(architecture.forStub(registers, code, stackTop, arguments));
      toBreakpoint(limit);
      return architecture.result(readRegisters());
    } finally {
      if (state == State.INJECTED) {
        writeSignalMask(ALL_SIGNALS);
        trap.restore();
      }
    }
  }

  private void toBreakpoint(Duration limit) throws IOException {
    while (true) {
      check("PTRACE_CONT", Ptrace.cont(tid, 0));
      WaitStatus status = nextStop(limit, "a stub");
      if (status.event() == 0 && status.stopSignal() == SIGTRAP && isBreakpoint()) {
        return;
      }
      keepSignal(status);
    }
  }

  private boolean isBreakpoint() throws IOException {
    NativeBuffer info = new NativeBuffer(Ptrace.SIGNAL_INFO_BYTES);
    check("PTRACE_GETSIGINFO", Ptrace.signalInfo(tid, info));
    return info.getInt(8) == SIGNAL_FROM_KERNEL;
  }

  private WaitStatus nextStop(Duration limit, String work) throws IOException {
    WaitStatus status = stops.await(limit);
    if (status == null) {
      interruptLate();
      throw new TraceException(
          this + ": " + work + " has not come to its end within " + limit.toMillis() + " ms");
    }
    if (!status.isStopped()) {
      ended(status);
      mustBeStopped();
    }
    return status;
  }

  /** Brings a thread that is stuck in its work to a stop, any stop, so that it can be let go. */
  private void interruptLate() throws IOException {
    Ptrace.interrupt(tid);
    WaitStatus status = stops.await(STOP_LIMIT);
    if (status == null) {
      throw new TraceException(this + " does not stop");
    }
    if (!status.isStopped()) {
      ended(status);
    } else if (status.event() == 0 && status.stopSignal() != WaitStatus.SYSCALL_STOP) {
      keptSignals.add(status.stopSignal());
    }
  }

  /** Before the first change: signals are blocked, so that no handler runs in between. */
  private void begin() throws IOException {
    mustBeStopped();
    if (state == State.STOPPED) {
      if (!architecture.isNative(registers)) {
        throw new TraceException(this + " runs 32-bit code: it can't make calls for us");
      }
      registers = RestartableSequence.leave(process.memory(), tid, registers);
      state = State.INJECTED;
      writeSignalMask(ALL_SIGNALS);
    }
  }

  /**
   * Lets it go on. If it has ended the kernel has to be asked about that, or its parent never
   * learns; about a process's first thread it tells only after all others.
   */
  void release() throws IOException {
    try {
      if (state == State.GONE && !reaped) {
        reap();
      }
      if (state == State.RUNNING) {
        awaitStop();
      }
      if (state == State.STOPPED || state == State.INJECTED) {
        detach();
      }
    } catch (TraceException e) {
      if (state != State.GONE) {
        throw e;
      }
    }
  }

  private void detach() throws IOException {
    if (state == State.INJECTED) {
      writeRegisters(registers);
      writeSignalMask(signalMask);
    }
    check("PTRACE_DETACH", Ptrace.detach(tid));
    state = State.RELEASED;
    for (int signal : keptSignals) {
      SystemCall.call(SyscallNumbers.TGKILL, process.pid(), tid, signal);
    }
  }

  private void mustBeStopped() throws TraceException {
    if (state == State.GONE) {
      throw new TraceException(this + " has ended: " + end);
    }
    if (state != State.STOPPED && state != State.INJECTED) {
      throw new TraceException(this + " is not stopped");
    }
  }

  private void ended(WaitStatus status) {
    state = State.GONE;
    end = status.describe();
    reaped = true;
  }

  private void reap() throws IOException {
    WaitStatus status = stops.await(END_LIMIT);
    if (status == null) {
      state = State.GONE;
      end = "killed";
    } else {
      ended(status);
    }
  }

  private Registers readRegisters() throws IOException {
    check("PTRACE_GETREGSET", Ptrace.readRegisters(tid, Ptrace.GENERAL_REGISTERS, registerSet));
    return Registers.of(registerSet, architecture.registerCount());
  }

  private void writeRegisters(Registers values) throws IOException {
    values.copyTo(registerSet);
    check(
        "PTRACE_SETREGSET",
        Ptrace.writeRegisters(tid, Ptrace.GENERAL_REGISTERS, registerSet, registerSet.sizeBytes()));
  }

  private long readSignalMask() throws IOException {
    check("PTRACE_GETSIGMASK", Ptrace.signalMask(tid, word));
    return word.getLong(0);
  }

  private void writeSignalMask(long mask) throws IOException {
    check("PTRACE_SETSIGMASK", Ptrace.setSignalMask(tid, word.putLong(0, mask)));
  }

  /** A stopped thread that the kernel does not find any more has been killed. */
  private void check(String request, long result) throws IOException {
    if (result == -Errno.ESRCH) {
      reap();
      mustBeStopped();
    }
    SysException.check("ptrace(" + request + ")", toString(), result);
  }

  @Override
  public String toString() {
    return "thread " + tid + " of process " + process.pid();
  }
}
