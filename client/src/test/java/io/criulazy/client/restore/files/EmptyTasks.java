package io.criulazy.client.restore.files;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CProgram;
import io.criulazy.client.testing.Stranger;
import io.criulazy.client.testing.Victim;
import io.criulazy.client.trace.Scratch;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.client.trace.Tracer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Stopped processes without files, with the pids of a dumped victim of files.c. */
final class EmptyTasks implements AutoCloseable {
  private static final int HUSKS = 1;
  private static final int CHILD = 0;
  private static final int SCRATCH_BYTES = 64 << 10;

  /** One of them. */
  private static final class Task implements HuskCalls {
    private final TracedThread thread;
    private final Scratch scratch;
    private int used;

    Task(TracedProcess process) throws IOException {
      this.thread = process.leader();
      this.scratch = Scratch.allocate(thread, SCRATCH_BYTES);
    }

    @Override
    public int pid() {
      return thread.process().pid();
    }

    @Override
    public long put(byte[] bytes) throws IOException {
      long address = scratch.write(used, bytes);
      used += (bytes.length + 7) / 8 * 8;
      return address;
    }

    @Override
    public byte[] read(long address, int lengthBytes) throws IOException {
      return scratch.read(address - scratch.address(), lengthBytes);
    }

    @Override
    public long call(long number, long... arguments) throws IOException {
      used = 0;
      return thread.call(number, arguments);
    }
  }

  private final Tracer tracer = Tracer.start();
  private final List<Task> tasks = new ArrayList<>();

  private EmptyTasks() {}

  /** Makes them, when the victim is gone. */
  static EmptyTasks of(Victim victim, Path directory, String kind) throws IOException {
    String husk = "husk=" + victim.pid();
    String program = CProgram.build("files").toString();
    Stranger.launch(directory, List.of(program, victim.verdict().file().toString(), kind, husk));
    int child = (int) victim.verdict().own(CHILD);
    Budget.ofSeconds(10)
        .await(
            "there are empty processes",
            () -> victim.verdict().own(HUSKS) == (child == 0 ? 1 : 2),
            victim.verdict()::toString);
    EmptyTasks all = new EmptyTasks();
    all.add((int) victim.pid());
    if (child != 0) {
      all.add(child);
    }
    return all;
  }

  private void add(int pid) throws IOException {
    TracedProcess process = tracer.seize(pid);
    tasks.add(tracer.run(() -> new Task(process)));
  }

  /** Gives them files. */
  void restore(OpenFiles files) throws IOException {
    tracer.run(
        () -> {
          files.restore(tasks);
          files.finish();
          return null;
        });
  }

  /** Lets them run. */
  @Override
  public void close() throws IOException {
    for (Task task : tasks) {
      task.call(SyscallNumbers.MUNMAP, task.scratch.address(), task.scratch.sizeBytes());
    }
    tracer.close();
  }
}
