package io.criulazy.client.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** A program that the rig has started and that goes on beside the test; killed at the end. */
public class RunningProgram implements AutoCloseable {
  private final Process process;
  private final Path log;

  private RunningProgram(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** One more handle of a program, for a class that knows more about it. */
  RunningProgram(RunningProgram program) {
    this(program.process, program.log);
  }

  /**
   * Starts it in the root directory.
   *
   * @param log gets what it writes to stdout and stderr
   * @param environment added to that of the tests
   */
  public static RunningProgram start(Path log, Map<String, String> environment, List<String> argv) {
    ProcessBuilder builder = Command.quiet(argv).directory(new File("/"));
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    try {
      return new RunningProgram(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it is up; fails if it ends before. */
  public void awaitUp(String what, Budget budget, BooleanSupplier up) {
    budget.await(what, () -> up.getAsBoolean() || !isAlive(), this::output);
    if (!isAlive()) {
      throw new AssertionError("it ended with " + process.exitValue() + "\n" + output());
    }
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it is up. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** What it has said so far on stdout and stderr. */
  public String output() {
    return Command.text(log);
  }

  /** Waits until it has said something. */
  public void awaitOutput(String text) {
    Budget.ofSeconds(20).await("it says: " + text, () -> output().contains(text), this::output);
  }

  /** Sends it a signal by its name, without SIG. */
  public void signal(String name) {
    Sessions.signal(name, process.pid());
  }

  /** Whether it ends within the budget. */
  public boolean ends(Budget budget) {
    try {
      return process.waitFor(budget.leftMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Waits for its end and returns its exit code. */
  public int awaitExit(Budget budget) {
    if (!ends(budget)) {
      throw new AssertionError("it is still up\n" + output());
    }
    return process.exitValue();
  }

  /** Waits for its end and fails unless it exits with 0. */
  public void mustEndWell(Budget budget) {
    int exitCode = awaitExit(budget);
    if (exitCode != 0) {
      throw new AssertionError("it exited with " + exitCode + "\n" + output());
    }
  }

  /** How many files it has open. */
  public long openFiles() {
    try (Stream<Path> files = Files.list(proc("fd"))) {
      return files.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it has no more open; a connection to it may take a moment to close. */
  public void awaitOpenFiles(long atMost, Budget budget) {
    budget.await(
        "at most " + atMost + " open files",
        () -> openFiles() <= atMost,
        () -> openFiles() + " are open");
  }

  /** How much memory it has, files that it maps included. */
  public long residentBytes() {
    return field("VmRSS:") << 10;
  }

  /** How much memory of its own it has. */
  public long anonymousBytes() {
    return field("RssAnon:") << 10;
  }

  /** How many threads it has. */
  public long threads() {
    return field("Threads:");
  }

  private long field(String name) {
    String line =
        Command.text(proc("status"))
            .lines()
            .filter(l -> l.startsWith(name))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("\\D", ""));
  }

  private Path proc(String name) {
    return Path.of("/proc", Long.toString(pid()), name);
  }

  /** Kills it if it is still up. */
  @Override
  public void close() {
    process.destroyForcibly();
    awaitExit(Budget.ofSeconds(10));
  }
}
