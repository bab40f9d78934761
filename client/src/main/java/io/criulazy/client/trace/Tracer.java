package io.criulazy.client.trace;

import io.criulazy.client.sys.Ptrace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The one thread that makes all ptrace and wait calls for the processes that it has seized: the
 * kernel ties a tracee to the thread that seized it. Everything in this package hands its work over
 * to it; whoever has much to do hands over the whole of it with {@link #run}, for each handing over
 * costs tens of microseconds.
 */
public final class Tracer implements AutoCloseable {
  /**
   * Work for the tracer's thread.
   *
   * @param <T> what it returns
   */
  @FunctionalInterface
  public interface Task<T> {
    T run() throws IOException;
  }

  private static final int HUSK_OPTIONS =
      Ptrace.OPTION_SYSCALL_GOOD | Ptrace.OPTION_CHILDREN | Ptrace.OPTION_EXIT_KILL;

  private final ExecutorService executor;
  private final List<TracedProcess> seized = new ArrayList<>();
  private Thread thread;

  private Tracer(ExecutorService executor) {
    this.executor = executor;
  }

  /** Starts a thread; it ends with {@link #close}. */
  public static Tracer start() {
    Tracer[] tracer = new Tracer[1];
    ExecutorService executor =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread thread = new Thread(work, "tracer");
              thread.setDaemon(true);
              tracer[0].thread = thread;
              return thread;
            });
    tracer[0] = new Tracer(executor);
    return tracer[0];
  }

  /**
   * Runs a task on the tracer's thread and waits for its end, also when the caller is interrupted
   * meanwhile: half an injection is not left behind.
   */
  public <T> T run(Task<T> task) throws IOException {
    if (Thread.currentThread() == thread) {
      return task.run();
    }
    Future<T> future = executor.submit(task::run);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static IOException rethrown(Throwable cause) {
    if (cause instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    return (IOException) cause;
  }

  /**
   * Stops all threads of a process.
   *
   * @throws TraceException if one can't be stopped; none is, then
   */
  public TracedProcess seize(int pid) throws IOException {
    return run(() -> TracedProcess.seize(this, pid, Ptrace.OPTION_SYSCALL_GOOD));
  }

  /**
   * Stops a process of ours that is to become another one: what it makes is traced from the
   * beginning, and all of it is killed should this program end.
   */
  public TracedProcess seizeHusk(int pid) throws IOException {
    return run(() -> TracedProcess.seize(this, pid, HUSK_OPTIONS));
  }

  /** Takes a process that a husk has made with an injected call. */
  public TracedProcess adopt(int pid) throws IOException {
    return run(() -> TracedProcess.adopt(this, pid, HUSK_OPTIONS));
  }

  /**
   * Stops all threads of a process and of all its descendants.
   *
   * @throws TraceException if one can't be stopped; none is, then
   */
  public TracedTree seizeTree(int rootPid) throws IOException {
    return run(() -> TracedTree.seize(this, rootPid));
  }

  void add(TracedProcess process) {
    seized.add(process);
  }

  void remove(TracedProcess process) {
    seized.remove(process);
  }

  /** Lets everything go that is still held, as it was, and ends the thread. */
  @Override
  public void close() throws IOException {
    try {
      run(
          () -> {
            for (TracedProcess process : List.copyOf(seized)) {
              process.close();
            }
            return null;
          });
    } finally {
      executor.shutdown();
    }
  }
}
