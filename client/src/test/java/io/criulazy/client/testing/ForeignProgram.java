package io.criulazy.client.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program that others wrote, no child of this JVM, in a session of its own with all its children;
 * closing it kills all of that session.
 */
public final class ForeignProgram implements AutoCloseable {
  private final int pid;
  private final Path output;

  private ForeignProgram(int pid, Path output) {
    this.pid = pid;
    this.output = output;
  }

  /**
   * Starts it.
   *
   * @param directory where it works; gets its output, in {@code output}
   */
  public static ForeignProgram start(Path directory, String... argv) {
    Path output = directory.resolve("output");
    List<String> command = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >output 2>&1", "sh"));
    command.addAll(List.of(argv));
    return new ForeignProgram(Stranger.launch(directory, command), output);
  }

  /** Its pid and session. */
  public int pid() {
    return pid;
  }

  /** All that it has written to stdout and stderr. */
  public String output() {
    return Command.text(output);
  }

  /** Sends it a signal by its name, without SIG. */
  public void signal(String name) {
    Sessions.signal(name, pid);
  }

  /** Waits until all of it is gone and reaped. */
  public void awaitGone() {
    Budget.ofSeconds(20)
        .await(
            "it is gone and reaped",
            () -> Sessions.members(pid).isEmpty(),
            () -> "left: " + Sessions.members(pid));
  }

  /** Waits until it has ended by itself; somebody else reaps it. */
  public void awaitEnd(Budget budget) {
    budget.await(
        "it has ended",
        () -> Sessions.state(pid).isEmpty() || Sessions.state(pid).equals("Z"),
        () -> Sessions.state(pid) + ": " + output());
  }

  @Override
  public void close() {
    Sessions.kill(pid);
  }
}
