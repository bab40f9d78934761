package io.criulazy.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program that the rig runs to its end, its output in a file, so that no pipe can block it. */
public final class Command {
  private Command() {}

  /**
   * What a program left.
   *
   * @param exitCode its exit code
   * @param output stdout and stderr together
   */
  public record Outcome(int exitCode, String output) {}

  /**
   * Runs {@code argv} in {@code directory} with stdin from /dev/null.
   *
   * @param environment added to the environment of the tests
   * @throws AssertionError if it does not end within the budget; it is killed then
   */
  public static Outcome run(
      Path directory, Budget budget, Map<String, String> environment, List<String> argv) {
    try {
      Path output = Files.createTempFile("criu-lazy-it", ".out");
      try {
        ProcessBuilder builder = quiet(argv).redirectErrorStream(true);
        builder.redirectOutput(output.toFile()).directory(directory.toFile());
        builder.environment().putAll(environment);
        return new Outcome(exitCode(builder, budget), text(output));
      } catch (AssertionError e) {
        throw new AssertionError(e.getMessage() + "\n" + text(output), e);
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same with /dev/null for stdout and stderr; the result is the exit code. */
  static int runSilently(
      Path directory, Budget budget, Map<String, String> environment, List<String> argv) {
    ProcessBuilder builder = quiet(argv).directory(directory.toFile());
    builder.environment().putAll(environment);
    try {
      return exitCode(builder, budget);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int exitCode(ProcessBuilder builder, Budget budget) throws IOException {
    Process process = builder.start();
    try {
      if (!process.waitFor(budget.leftMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError("too slow: " + builder.command());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Runs {@code argv} and fails the test unless it exits with 0. */
  static String mustRun(Path directory, Budget budget, List<String> argv) {
    Outcome outcome = run(directory, budget, Map.of(), argv);
    if (outcome.exitCode() != 0) {
      throw new AssertionError(
          argv + " exited with " + outcome.exitCode() + "\n" + outcome.output());
    }
    return outcome.output();
  }

  /** A builder with stdin from and stdout, stderr to /dev/null. */
  static ProcessBuilder quiet(List<String> argv) {
    return new ProcessBuilder(argv)
        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD);
  }

  /** All of a log file; a note instead if it cannot be read. */
  public static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "(no " + file + ": " + e + ")";
    }
  }
}
