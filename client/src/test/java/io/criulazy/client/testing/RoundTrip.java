package io.criulazy.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The steps that most tests have in common: dump a victim, restore it lazily, let it verify itself.
 */
public final class RoundTrip {
  private RoundTrip() {}

  /** A new directory for images. */
  public static Path images(Path scratch) {
    try {
      return Files.createDirectory(scratch.resolve("images"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts, dumps, lazily restores and verifies a program, which uses its memory as soon as it
   * runs; the daemon has to end well.
   *
   * @param scratch an empty directory
   * @param seconds how long the program may take after its restore
   */
  public static void lazily(Path scratch, int seconds, String program, String... options) {
    Path images = images(scratch);
    try (Victim victim = Victim.start(scratch, program, options)) {
      CriuRun.dump(victim, images);
      restoreAndVerify(victim, images, seconds);
    }
  }

  /**
   * Restores a dumped victim under the daemon, lets it go and waits until it is unharmed and the
   * daemon is gone.
   */
  public static void restoreAndVerify(Victim victim, Path images, int seconds) {
    try (LazyDaemon daemon = LazyDaemon.start(images)) {
      victim.go();
      CriuRun.lazyRestore(images).mustSucceed();
      verify(victim, daemon, seconds);
    }
  }

  /** Waits until the victim is unharmed and the daemon has exited with 0. */
  public static void verify(Victim victim, LazyDaemon daemon, int seconds) {
    Budget budget = Budget.ofSeconds(seconds);
    try {
      victim.awaitUnharmed(budget);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\n--- daemon:\n" + daemon.output(), e);
    }
    daemon.mustEndWell(Budget.ofSeconds(20));
  }
}
