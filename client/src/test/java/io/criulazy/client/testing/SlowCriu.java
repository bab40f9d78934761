package io.criulazy.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A restoring criu that says what it has to say to its daemon one message at a time:
 * src/test/python/slow_criu.py stands between the two.
 */
public final class SlowCriu implements AutoCloseable {
  private static final int ALL = 1_000;

  private final Path work;
  private final Path steps;
  private final RunningProgram between;
  private final RunningProgram criu;

  /**
   * Starts a restore; no message has passed yet.
   *
   * @param images dumped
   * @param daemonWork where the daemon listens
   */
  public SlowCriu(Path scratch, Path images, Path daemonWork) {
    work = Copy.workDirectory(scratch, "slow");
    steps = work.resolve("steps");
    pass(0);
    between =
        RunningProgram.start(
            work.resolve("between.out"),
            Map.of(),
            List.of(
                Requirement.PYTHON.path().toString(),
                Path.of("src/test/python/slow_criu.py").toAbsolutePath().toString(),
                socket(work),
                socket(daemonWork),
                steps.toString()));
    between.awaitUp(
        "somebody stands between", Budget.ofSeconds(10), () -> Files.exists(Path.of(socket(work))));
    criu =
        RunningProgram.start(
            work.resolve("criu.out"),
            Map.of(),
            List.of(
                Requirement.CRIU.path().toString(),
                "restore",
                "-D",
                images.toString(),
                "-W",
                work.toString(),
                "-d",
                "--lazy-pages",
                "-v2"));
  }

  private static String socket(Path directory) {
    return directory.resolve("lazy-pages.socket").toString();
  }

  /** Lets messages pass until so many have, all in all: pid, userfaultfd, pid, ..., RSTF. */
  public void pass(int messages) {
    try {
      Files.write(steps, new byte[messages]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same, and waits until they have. */
  public void passAndWait(int messages) {
    pass(messages);
    awaitPassed(messages);
  }

  private void awaitPassed(int messages) {
    Path passed = work.resolve("steps.passed");
    Budget.ofSeconds(20)
        .await(
            messages + " messages have passed",
            () -> Files.exists(passed) && Command.text(passed).equals(Integer.toString(messages)),
            this::output);
  }

  /** Lets all pass. */
  public void passAll() {
    pass(ALL);
  }

  /** What everybody has said. */
  public String output() {
    return between.output() + criu.output();
  }

  @Override
  public void close() {
    between.close();
    criu.close();
  }
}
