package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Keepers;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.ResidentDaemonRig;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * SIGKILL of a resident daemon in the middle of many restores; the next one goes on with all of
 * them at its start.
 *
 * <p>CRIU_LAZY_KILLS sets how often, CRIU_LAZY_IT_COPIES how many restores at once.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class KilledResidentDaemonIT {
  private static final int KILLS = number("CRIU_LAZY_KILLS", 2);
  private static final int COPIES = number("CRIU_LAZY_IT_COPIES", 5);
  private static final int WITHIN_MS = 150;

  @TempDir Path scratch;

  static Stream<Long> seeds() {
    return Stream.iterate(1L, seed -> seed + 1).limit(KILLS);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void manyRestoresGoOnAtItsNextStart(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Path images = RoundTrip.images(scratch);
    List<Copy> copies = new ArrayList<>();
    List<Path> works = new ArrayList<>();
    try (Victim victim = Victim.start(scratch, "pages", "mib=64", "touches=5000")) {
      CriuRun.dump(victim, images);
      ResidentDaemonRig daemon = ResidentDaemonRig.start(scratch);
      for (int i = 0; i < COPIES; i++) {
        works.add(Copy.workDirectory(scratch, "copy" + i));
        daemon.prepare(images, works.get(i));
      }
      works.forEach(work -> copies.add(Copy.start(victim, images, work)));
      Thread.sleep(random.nextInt(WITHIN_MS + 30 * COPIES));
      daemon.close();
      Thread.sleep(random.nextInt(WITHIN_MS));
      try (ResidentDaemonRig next = ResidentDaemonRig.start(scratch, "-v4")) {
        Budget budget = Budget.ofSeconds(60);
        for (Copy copy : copies) {
          try {
            copy.awaitUnharmed(budget);
          } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n--- daemon:\n" + next.output(), e);
          }
        }
        next.terminate();
        assertThat(next.ends(Budget.ofSeconds(20))).as(next.output()).isTrue();
      }
    } finally {
      copies.forEach(Copy::close);
    }
    assertNothingIsLeft(works);
  }

  @Test
  void aRestoreThatNobodyHadBegunIsStillPrepared() throws Exception {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (Victim victim = Victim.start(scratch, "pages", "mib=4", "touches=500")) {
      CriuRun.dump(victim, images);
      ResidentDaemonRig daemon = ResidentDaemonRig.start(scratch);
      daemon.prepare(images, work);
      daemon.close();
      try (ResidentDaemonRig next = ResidentDaemonRig.start(scratch);
          Copy copy = Copy.start(victim, images, work)) {
        copy.awaitUnharmed(Budget.ofSeconds(20));
        next.awaitComplete(1, Budget.ofSeconds(10));
        next.terminate();
        assertThat(next.ends(Budget.ofSeconds(20))).as(next.output()).isTrue();
      }
    }
    assertNothingIsLeft(List.of(work));
  }

  /** The other one is the next daemon's, and nobody's number is given away meanwhile. */
  @Test
  void oneRestoreIsGoneOnWithByLazyPages() throws Exception {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "copy");
    Path other = Copy.workDirectory(scratch, "other");
    try (Victim victim = Victim.start(scratch, "pages", "mib=256", "touches=1000")) {
      CriuRun.dump(victim, images);
      ResidentDaemonRig daemon = ResidentDaemonRig.start(scratch);
      daemon.prepare(images, work);
      daemon.prepare(images, other);
      try (Copy copy = Copy.restoreOnly(victim, images, work)) {
        copy.awaitRestored(Budget.ofSeconds(20));
        daemon.close();
        LazyDaemon alone =
            LazyDaemon.launch(work, images, "-W", work.toString(), "--resume", "-v4");
        alone.awaitOutput("RESTORING -> FILLING");
        alone.signal("STOP"); // so that it surely serves when the daemon starts
        try (ResidentDaemonRig next = ResidentDaemonRig.start(scratch)) {
          assertThat(next.output()).contains("is being served by pid " + alone.pid());
          alone.signal("CONT");
          copy.go();
          copy.awaitUnharmed(Budget.ofSeconds(20));
          alone.mustEndWell(Budget.ofSeconds(20));
          try (Copy second = Copy.start(victim, images, other)) {
            second.awaitUnharmed(Budget.ofSeconds(20));
          }
          next.terminate();
          assertThat(next.ends(Budget.ofSeconds(20))).as(next.output()).isTrue();
        }
      }
    }
    assertNothingIsLeft(List.of(work, other));
  }

  private void assertNothingIsLeft(List<Path> works) throws Exception {
    for (Path work : works) {
      assertThat(work.resolve("criu-lazy.journal")).doesNotExist();
      assertThat(work.resolve("lazy-pages.socket")).doesNotExist();
    }
    try (Stream<Path> left = Files.list(scratch)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.startsWith("control.sock"));
    }
  }

  @AfterAll
  static void noKeeperIsLeft() {
    Keepers.awaitNone();
  }

  private static int number(String variable, int usual) {
    return Integer.parseInt(System.getenv().getOrDefault(variable, Integer.toString(usual)));
  }
}
