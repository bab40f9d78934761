package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.journal.SessionJournal;
import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Copy;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGKILL of the daemon at a random moment of a restore, again and again, and each time another one
 * that goes on: the process gets every byte right and finishes.
 *
 * <p>CRIU_LAZY_KILLS sets how many restores are cut off; the default is for everyday runs.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class KilledDaemonIT {
  private static final int KILLS =
      Integer.parseInt(System.getenv().getOrDefault("CRIU_LAZY_KILLS", "5"));
  private static final int LATER_WITHIN_MS = 1_000;
  private static final Logger LOG = LoggerFactory.getLogger(KilledDaemonIT.class);
  private static final String LEFTOVER = "criu-lazy.journal";

  @TempDir Path scratch;

  static Stream<Long> seeds() {
    return Stream.iterate(1L, seed -> seed + 1).limit(KILLS);
  }

  /** All restores are of one dump: each is in namespaces of its own. */
  @Test
  void aProcessNeverSeesThatItsDaemonWasKilled() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=256", "touches=20000")) {
      CriuRun.dump(victim, images);
      for (long seed = 1; seed <= KILLS; seed++) {
        killAndResume(seed, victim, images);
      }
    }
  }

  private void killAndResume(long seed, Victim victim, Path images) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Path work = Copy.workDirectory(scratch, "work" + seed);
    LazyDaemon daemon = LazyDaemon.launch(work, images, "-W", work.toString());
    daemon.awaitListening(work);
    try (Copy copy = Copy.start(victim, images, work)) {
      copy.awaitRestored(Budget.ofSeconds(60));
      daemon = killAgainAndAgain(daemon, random, 120, images, work);
      try (LazyDaemon last = daemon) {
        copy.awaitUnharmed(Budget.ofSeconds(60));
        last.mustEndWell(Budget.ofSeconds(20));
      } catch (AssertionError e) {
        throw new AssertionError(
            "seed " + seed + ": " + e.getMessage() + "\n--- daemon:\n" + daemon.output(), e);
      }
    }
    assertThat(work.resolve(LEFTOVER)).doesNotExist();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aTreeThatForksMovesAndRemovesMemoryNeitherDoes(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Path images = RoundTrip.images(scratch);
    try (Victim victim =
        Victim.start(scratch, "randomops", "seed=" + seed * 100, "rounds=6", "after=300")) {
      CriuRun.dump(victim, images);
      LazyDaemon daemon = LazyDaemon.start(images);
      victim.go();
      CriuRun.lazyRestore(images).mustSucceed();
      try (LazyDaemon last = killAgainAndAgain(daemon, random, 400, images, images)) {
        RoundTrip.verify(victim, last, 60);
      }
      assertThat(images.resolve(LEFTOVER)).doesNotExist();
    }
  }

  /** Once, twice or three times. */
  private static LazyDaemon killAgainAndAgain(
      LazyDaemon first, SplittableRandom random, int withinMs, Path images, Path work)
      throws InterruptedException {
    LazyDaemon daemon = first;
    int kills = 1 + random.nextInt(3);
    for (int kill = 0; kill < kills; kill++) {
      Thread.sleep(random.nextInt(kill == 0 ? withinMs : LATER_WITHIN_MS));
      daemon.close();
      daemon = LazyDaemon.launch(work, images, "-W", work.toString(), "--resume", "-v4");
    }
    LOG.warn("{} kills", kills);
    return daemon;
  }

  /**
   * What the promise is about: criu's own daemon is killed, and nothing says that memory is wrong.
   */
  @Test
  void criusOwnDaemonLeavesZerosBehind() throws Exception {
    Path images = RoundTrip.images(scratch);
    List<Long> wrong = new ArrayList<>();
    try (Victim victim = Victim.start(scratch, "pages", "mib=128", "touches=1000")) {
      CriuRun.dump(victim, images);
      for (int i = 0; i < Math.max(1, KILLS / 10); i++) {
        Path work = Copy.workDirectory(scratch, "work" + i);
        LazyDaemon daemon =
            LazyDaemon.launchCriu(work, images, "-W", work.toString(), "-o", "lazy.log");
        daemon.awaitListening(work);
        try (Copy copy = Copy.start(victim, images, work)) {
          copy.awaitRestored(Budget.ofSeconds(60));
          daemon.close();
          wrong.add(copy.wrongWords(Budget.ofSeconds(10)));
        }
      }
    }
    LOG.warn("wrong words after a kill of criu's own daemon (-1: it never ended): {}", wrong);
    assertThat(wrong).allMatch(words -> words != 0);
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

  /** Its pid is nobody's to know: it may live, and read zeros where its pages are missing. */
  @Test
  void aChildThatWasForkedSinceIsNotTakenForDead() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=256", "touches=1000")) {
      CriuRun.dump(victim, images);
      restoreAndCutOff(images);
      victim.killAll();
      Keepers.awaitNone();
      try (SessionJournal journal = SessionJournal.resume(images)) {
        journal.processes().create(victim.pid() + "/1", -1, Optional.empty());
      }
      Path child = images.resolve(LEFTOVER).resolve("process-" + victim.pid() + ".1");
      assertThat(child).exists();
      try (LazyDaemon resumed = LazyDaemon.launch(scratch, images, "--resume")) {
        assertThat(resumed.awaitExit(Budget.ofSeconds(20))).isEqualTo(1);
        assertThat(resumed.output()).contains("1 that were forked since");
      }
      Files.delete(child);
      try (LazyDaemon resumed = LazyDaemon.launch(scratch, images, "--resume")) {
        resumed.mustEndWell(Budget.ofSeconds(20));
        assertThat(resumed.output()).contains("nothing is left to do");
      }
      assertThat(images.resolve(LEFTOVER)).doesNotExist();
    }
  }

  @AfterAll
  static void noKeeperIsLeft() {
    Keepers.awaitNone();
  }
}
