package io.criulazy.client.restore;

import io.criulazy.client.restore.files.OpenFiles;
import io.criulazy.client.source.ImageSource;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.client.trace.XsaveLayout;
import io.criulazy.proto.image.TaskState;
import io.criulazy.proto.image.task.Core;
import io.criulazy.proto.image.task.ThreadCore;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** One task of a tree, from the empty husk to the moment before its first instruction. */
final class TaskRestore {
  private static final int SIGSTOP = 19;

  private final Factory factory;
  private final SavedTree tree;
  private final SavedTask task;
  private final TracedProcess process;
  private final Workshop workshop;
  private final ProcessState state;
  private final Map<Integer, ThreadRestore> threads = new LinkedHashMap<>();
  private MemoryRestore memory;

  /**
   * @param process a husk that was made by the factory, or by a husk that was
   */
  TaskRestore(Factory factory, SavedTree tree, SavedTask task, TracedProcess process)
      throws IOException {
    this.factory = factory;
    this.tree = tree;
    this.task = task;
    this.process = process;
    this.workshop = new Workshop(process.leader(), factory.workshop().region());
    process.useSyscallInstruction(workshop.region());
    this.state = new ProcessState(workshop, tree, task);
  }

  TracedProcess process() {
    return process;
  }

  SavedTask task() {
    return task;
  }

  Workshop workshop() {
    return workshop;
  }

  ProcessState state() {
    return state;
  }

  /** Its memory, all of it, or all that can't be lazy. */
  void restoreMemory(boolean lazy, OpenFiles files) throws IOException {
    factory.dropShared(workshop);
    KernelPages saved = KernelPages.of(task.mm().areas());
    factory.parked().move(workshop, saved.start());
    memory = new MemoryRestore(workshop, tree, task, lazy, factory.shared(), files);
    memory.map();
    memory.fill(new ImageSource(tree.images(), task.pid()));
    memory.makeAioContexts();
    memory.finish();
    state.describeMemory();
  }

  /** Leaves the rest of its memory to who serves it. */
  void handOver(UffdHandover handover) throws IOException {
    handover.task(workshop, memory.lazyRanges());
    memory.prime();
  }

  /** What its threads share. */
  void restoreState() throws IOException {
    state.setSignalActions();
    state.setPlace();
    state.setPersonality();
  }

  /** Its threads, with all but credentials and registers. */
  void restoreThreads() throws IOException {
    for (Map.Entry<Integer, Core> saved : task.threads().entrySet()) {
      int tid = saved.getKey();
      TracedThread thread =
          tid == task.pid() ? process.leader() : process.adoptThread(Cloning.thread(workshop, tid));
      Workshop own = new Workshop(thread, workshop.region());
      ThreadRestore restore = new ThreadRestore(own, saved.getValue());
      restore.restore(task.pid(), tid, nameOf(saved.getValue()));
      threads.put(tid, restore);
    }
    state.queueSignals();
  }

  private String nameOf(Core core) {
    return core.thread().flatMap(ThreadCore::comm).orElse(task.taskCore().comm());
  }

  /** The last: rights, limits, timers, registers; the region goes. */
  void finish(XsaveLayout layout) throws IOException {
    state.setLimits();
    state.setTimers();
    for (ThreadRestore thread : threads.values()) {
      thread.setCredentials();
    }
    state.setDumpable();
    process.useSyscallInstruction(0);
    process.syscallInstruction();
    workshop.must("munmap", SyscallNumbers.MUNMAP, workshop.region(), Workshop.REGION_BYTES);
    for (Map.Entry<Integer, ThreadRestore> thread : threads.entrySet()) {
      thread.getValue().setRegisters(layout, blockedSignals(thread.getKey()));
    }
  }

  private long blockedSignals(int tid) {
    return tid == task.pid()
        ? task.taskCore().blockedSignals()
        : task.threads().get(tid).thread().orElseThrow().blockedSignals().orElse(0);
  }

  /** Lets it run, or stop. */
  void release() throws IOException {
    if (task.task().state() == TaskState.STOPPED) {
      SystemCall.call(SyscallNumbers.KILL, task.pid(), SIGSTOP);
    }
    process.close();
  }
}
