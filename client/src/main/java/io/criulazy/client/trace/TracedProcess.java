package io.criulazy.client.trace;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A process all of whose threads are stopped, until {@link #close} lets them go on as they were.
 * Methods may be called on any thread; they are carried out on the tracer's.
 */
public final class TracedProcess implements AutoCloseable {
  private static final int SIGKILL = 9;

  private final Tracer tracer;
  private final int pid;
  private final int options;
  private final ForeignMemory memory;
  private final Map<Integer, TracedThread> threads = new TreeMap<>();
  private final List<Integer> kernelWorkers = new ArrayList<>();
  private long syscallInstruction;

  private TracedProcess(Tracer tracer, int pid, int options) {
    this.tracer = tracer;
    this.pid = pid;
    this.options = options;
    this.memory = new ForeignMemory(pid);
  }

  static TracedProcess seize(Tracer tracer, int pid, int options) throws IOException {
    TracedProcess process = new TracedProcess(tracer, pid, options);
    tracer.add(process);
    try {
      process.stopAll();
      return process;
    } catch (IOException | RuntimeException e) {
      Failures.alsoClose(process, e);
      throw e;
    }
  }

  /** Takes a process that a traced one has made, and that is traced since. */
  static TracedProcess adopt(Tracer tracer, int pid, int options) throws IOException {
    TracedProcess process = new TracedProcess(tracer, pid, options);
    tracer.add(process);
    process.adoptThread(pid);
    return process;
  }

  /**
   * Takes a thread that one of these has made with an injected call, and that is traced since
   * ({@link Tracer#seizeHusk}). It has not carried out an instruction.
   */
  public TracedThread adoptThread(int tid) throws IOException {
    return tracer.run(
        () -> {
          TracedThread thread = new TracedThread(this, tid);
          threads.put(tid, thread);
          if (!thread.awaitStop()) {
            throw new TraceException(thread + " has ended at once");
          }
          return thread;
        });
  }

  /** Ends it with SIGKILL, and waits until it is gone. */
  public void kill() throws IOException {
    SystemCall.call(SyscallNumbers.KILL, pid, SIGKILL);
    close();
  }

  int options() {
    return options;
  }

  /** Threads that run make new ones: the list is read again until all in it are stopped. */
  private void stopAll() throws IOException {
    boolean found = true;
    while (found) {
      found = false;
      List<TracedThread> fresh = new ArrayList<>();
      for (int tid : ProcTasks.threads(pid)) {
        if (!threads.containsKey(tid) && !kernelWorkers.contains(tid)) {
          found |= seizeThread(tid, fresh);
        }
      }
      for (TracedThread thread : fresh) {
        if (!thread.awaitStop()) {
          threads.remove(thread.tid());
        }
      }
    }
    if (!threads.containsKey(pid)) {
      throw new TraceException("the first thread of process " + pid + " has ended");
    }
  }

  private boolean seizeThread(int tid, List<TracedThread> fresh) throws IOException {
    switch (TracedThread.trySeize(this, tid)) {
      case SEIZED -> {
        TracedThread thread = new TracedThread(this, tid);
        threads.put(tid, thread);
        fresh.add(thread);
        return true;
      }
      case KERNEL_WORKER -> kernelWorkers.add(tid);
      default -> {
        // It has ended meanwhile, and is in the list no more or soon.
      }
    }
    return false;
  }

  Tracer tracer() {
    return tracer;
  }

  /** Its pid, as this program sees it. */
  public int pid() {
    return pid;
  }

  /** Its threads by tid, the first one among them. */
  public List<TracedThread> threads() {
    return List.copyOf(threads.values());
  }

  /** The thread with this tid. */
  public TracedThread thread(int tid) throws TraceException {
    TracedThread thread = threads.get(tid);
    if (thread == null) {
      throw new TraceException("process " + pid + " has no thread " + tid);
    }
    return thread;
  }

  /** Its first thread, whose tid is the pid. */
  public TracedThread leader() {
    return threads.get(pid);
  }

  /** Threads of the kernel that work for it (io_uring) and can't be traced. */
  public List<Integer> kernelWorkers() {
    return List.copyOf(kernelWorkers);
  }

  /** Its memory. Only one thread at a time may use it. */
  public ForeignMemory memory() {
    return memory;
  }

  /** Address of a system-call instruction in its memory: in the vdso, or in any code it has. */
  public long syscallInstruction() throws IOException {
    if (syscallInstruction == 0) {
      syscallInstruction = InstructionSearch.find(pid, memory);
    }
    return syscallInstruction;
  }

  /** From now on the instruction at this address is used: the old one's mapping may go. */
  public void useSyscallInstruction(long address) {
    syscallInstruction = address;
  }

  /** Lets all its threads go on as they were, but for changes that were asked for. */
  @Override
  public void close() throws IOException {
    tracer.run(
        () -> {
          release();
          return null;
        });
  }

  private void release() throws IOException {
    IOException failure = null;
    List<TracedThread> leaderLast = new ArrayList<>(threads.values());
    leaderLast.sort(Comparator.comparing(thread -> thread.tid() == pid));
    for (TracedThread thread : leaderLast) {
      try {
        thread.release();
      } catch (IOException e) {
        failure = Failures.join(failure, e);
      }
    }
    tracer.remove(this);
    if (failure != null) {
      throw failure;
    }
  }
}
