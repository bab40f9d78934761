package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Keepers;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * SIGKILL of the daemon at a random moment of a restore, again and again, and each time another one
 * that goes on: the process gets every byte right and finishes.
 *
 * <p>CRIU_LAZY_KILLS sets how many restores are cut off; the default is for everyday runs.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class KilledDaemonIT {
  private static final int KILLS =
      Integer.parseInt(System.getenv().getOrDefault("CRIU_LAZY_KILLS", "6"));
  private static final String LEFTOVER = "criu-lazy.journal";

  @TempDir Path scratch;

  static Stream<Long> seeds() {
    return Stream.iterate(1L, seed -> seed + 1).limit(KILLS);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aProcessNeverSeesThatItsDaemonWasKilled(long seed) throws Exception {
    killAndResume(seed, 120, "pages", "mib=256", "touches=20000");
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aTreeThatForksMovesAndRemovesMemoryNeitherDoes(long seed) throws Exception {
    killAndResume(seed, 400, "randomops", "seed=" + seed * 100, "rounds=10", "after=300");
  }

  private void killAndResume(long seed, int withinMs, String program, String... options)
      throws Exception {
    Random random = new Random(seed);
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, program, options)) {
      CriuRun.dump(victim, images);
      LazyDaemon daemon = LazyDaemon.start(images);
      victim.go();
      CriuRun.lazyRestore(images).mustSucceed();
      int kills = 1 + random.nextInt(2);
      for (int kill = 0; kill < kills; kill++) {
        Thread.sleep(random.nextInt(withinMs));
        daemon.close();
        daemon = LazyDaemon.launch(scratch, images, "--resume", "-v4");
        if (kill < kills - 1) {
          Thread.sleep(random.nextInt(1_000));
        }
      }
      try (LazyDaemon last = daemon) {
        RoundTrip.verify(victim, last, 60);
      }
      assertThat(images.resolve(LEFTOVER)).doesNotExist();
    }
  }

  /** The daemon is killed as soon as the tree is up. */
  private static void restoreAndCutOff(Path images) {
    LazyDaemon daemon = LazyDaemon.start(images);
    try {
      CriuRun.lazyRestore(images).mustSucceed();
    } finally {
      daemon.close();
    }
  }

  @Test
  void aRestoreThatWasCutOffIsNotReplacedByAnother() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=256", "touches=1000")) {
      CriuRun.dump(victim, images);
      restoreAndCutOff(images);
      assertThat(images.resolve(LEFTOVER)).exists();
      try (LazyDaemon another = LazyDaemon.launch(scratch, images)) {
        assertThat(another.awaitExit(Budget.ofSeconds(20))).isEqualTo(1);
        assertThat(another.output()).contains("--resume");
      }
      victim.go();
      try (LazyDaemon resumed = LazyDaemon.launch(scratch, images, "--resume")) {
        RoundTrip.verify(victim, resumed, 30);
      }
    }
  }

  @Test
  void changedImagesAreNotMixedWithWhatWasDelivered() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=256", "touches=1000")) {
      CriuRun.dump(victim, images);
      restoreAndCutOff(images);
      Path pages = images.resolve("pages-1.img");
      Files.write(pages, new byte[] {1}, StandardOpenOption.WRITE);
      try (LazyDaemon resumed = LazyDaemon.launch(scratch, images, "--resume")) {
        assertThat(resumed.awaitExit(Budget.ofSeconds(20))).isEqualTo(1);
        assertThat(resumed.output()).contains("not what it was");
      }
      assertThat(victim.isAlive()).as("the process waits").isTrue();
    }
  }

  @AfterEach
  void noKeeperIsLeft() {
    Keepers.awaitNone();
  }
}
