package io.criulazy.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A tree of processes that is dumped and restored, and that knows what its memory has to hold. It
 * has a session of its own; closing it kills all of that session.
 */
public final class Victim implements AutoCloseable {
  private final Process started;
  private final Verdict verdict;

  private Victim(Process started, Verdict verdict) {
    this.started = started;
    this.verdict = verdict;
  }

  /**
   * Starts a program of src/test/c and waits until it is ready to be dumped.
   *
   * @param directory where its verdict is written
   * @param options as the program's head comment has them
   */
  public static Victim start(Path directory, String program, String... options) {
    return start(directory, CProgram.build(program), options);
  }

  /** Starts a program that was built from src/test/c. */
  public static Victim start(Path directory, Path program, String... options) {
    Verdict verdict = new Verdict(directory.resolve("verdict"));
    List<String> argv = new ArrayList<>(List.of("setsid", program.toString()));
    argv.add(verdict.file().toString());
    argv.addAll(List.of(options));
    try {
      Victim victim = new Victim(Command.quiet(argv).start(), verdict);
      victim.awaitReady();
      return victim;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitReady() {
    try {
      Budget.ofSeconds(60)
          .await(
              "the victim is ready",
              () -> verdict.ready() || !started.isAlive(),
              verdict::toString);
      if (!started.isAlive()) {
        throw new AssertionError("the victim ended with " + started.exitValue() + ": " + verdict);
      }
    } catch (AssertionError e) {
      close();
      throw e;
    }
  }

  /** The pid of the root of the tree, and its session id; the same before and after a restore. */
  public long pid() {
    return started.pid();
  }

  /** What it says about itself. */
  public Verdict verdict() {
    return verdict;
  }

  /** Lets it rewrite a third of its pages with this generation (program {@code pages} only). */
  public void rewrite(int generation) {
    verdict.command(generation);
    Budget.ofSeconds(30)
        .await("generation " + generation, () -> verdict.carriedOut(generation), verdict::toString);
  }

  /** Lets it use and verify its memory; may be said before it is restored. */
  public void go() {
    verdict.command(1);
  }

  /** Waits until none of its pids is in use: criu needs them for the restore. */
  public void awaitGone() {
    Budget.ofSeconds(20)
        .await(
            "the dumped tree is gone and reaped",
            () -> !started.isAlive() && Sessions.members(pid()).isEmpty(),
            () -> "left: " + Sessions.members(pid()));
  }

  /** Waits until it has verified all of its memory, and fails unless all was right. */
  public void awaitUnharmed(Budget budget) {
    budget.await(
        "the victim has verified its memory",
        () -> verdict.done() || !isAlive(),
        () -> verdict + ", state of the root: " + Sessions.state(pid()));
    if (!verdict.done()) {
      throw new AssertionError("the victim died: " + verdict);
    }
    verdict.mustBeClean();
  }

  /** The same, but only its memory has to be right: system calls of it may have failed. */
  public void awaitRightMemory(Budget budget) {
    budget.await("the victim is done", () -> verdict.done() || !isAlive(), verdict::toString);
    if (!verdict.done() || verdict.badWords() != 0 || verdict.checks() == 0) {
      throw new AssertionError("the victim was harmed: " + verdict);
    }
  }

  /** Whether its root lives; a zombie does not. */
  public boolean isAlive() {
    String state = Sessions.state(pid());
    return !state.isEmpty() && !state.equals("Z");
  }

  /** Whether its root is stopped by a signal. */
  public boolean isStopped() {
    return Sessions.state(pid()).equals("T");
  }

  /** Sends a signal to its root. */
  public void signal(String name) {
    Sessions.signal(name, pid());
  }

  /** Kills all of its processes and waits until they are gone. */
  public void killAll() {
    Sessions.kill(pid());
  }

  @Override
  public void close() {
    Sessions.end(pid());
  }
}
