package io.criulazy.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** SIGKILL to a program at one of its steps: see src/test/c/dies-at.c. */
public final class Death {
  private final Path steps;
  private final String step;
  private final Path directory;

  private Death(Path steps, String step, Path directory) {
    this.steps = steps;
    this.step = step;
    this.directory = directory;
  }

  /**
   * At a step.
   *
   * @param scratch where the steps are written down
   * @param step its number from 1 on, or its name, or NAME:N; 0: it lives
   * @param directory what happens below it counts
   */
  public static Death at(Path scratch, String step, Path directory) {
    return new Death(scratch.resolve("steps-" + step), step, directory);
  }

  /** What a command has to begin with to die so. */
  List<String> prefix() {
    return List.of(
        CProgram.build("dies-at").toString(), steps.toString(), step, directory.toString());
  }

  /** The steps so far. */
  public List<String> steps() {
    try {
      return Files.exists(steps) ? Files.readAllLines(steps) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    List<String> all = steps();
    return "death at step " + step + ": " + (all.isEmpty() ? "" : all.get(all.size() - 1));
  }
}
