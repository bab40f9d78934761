package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Keepers;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.SlowCriu;
import io.criulazy.client.testing.Victim;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * SIGKILL of the daemon at chosen moments of a restore: after each message of criu's, read or still
 * queued, at the first faults, and while changes of address spaces are queued.
 *
 * <p>CRIU_LAZY_TIMES sets how often each moment comes.
 */
@Needs({
  Requirement.KERNEL,
  Requirement.CRIU,
  Requirement.GCC,
  Requirement.PYTHON,
  Requirement.DISTRIBUTION
})
class KillMomentsIT {
  private static final int TIMES =
      Integer.parseInt(System.getenv().getOrDefault("CRIU_LAZY_TIMES", "1"));

  @TempDir Path scratch;

  static Stream<Arguments> moments() {
    return again(
        List.of(
            Arguments.of(0, 0),
            Arguments.of(0, 1),
            Arguments.of(0, 2),
            Arguments.of(1, 0),
            Arguments.of(1, 1),
            Arguments.of(2, 0),
            Arguments.of(2, 1),
            Arguments.of(3, 0)));
  }

  static Stream<Arguments> programs() {
    return again(
        List.of(
            Arguments.of("pages", "mib=256"),
            Arguments.of("randomops", "rounds=20"),
            Arguments.of("tree", "kib=8192")));
  }

  private static Stream<Arguments> again(List<Arguments> each) {
    return IntStream.range(0, TIMES).boxed().flatMap(i -> each.stream());
  }

  /**
   * The daemon has read so many messages when it is stopped; so many more are queued when it is
   * killed. Of a restore of one process they are: its pid, its userfaultfd, and RSTF, which comes
   * only if somebody reads the userfaultfd.
   */
  @ParameterizedTest
  @MethodSource("moments")
  void afterAMessage(int read, int queued) throws Exception {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (Victim victim = Victim.start(scratch, "pages", "mib=64", "touches=1000")) {
      CriuRun.dump(victim, images);
      LazyDaemon daemon = LazyDaemon.launch(scratch, images, "-W", work.toString());
      daemon.awaitListening(work);
      victim.go();
      try (SlowCriu criu = new SlowCriu(scratch, images, work)) {
        criu.passAndWait(read);
        Thread.sleep(read < 3 ? 100 : 10); // it reads what has come, but delivers not all
        daemon.signal("STOP");
        criu.passAndWait(read + queued);
        daemon.close();
        try (LazyDaemon next =
            LazyDaemon.launch(scratch, images, "-W", work.toString(), "--resume", "-v4")) {
          criu.passAll();
          RoundTrip.verify(victim, next, 20);
          assertThat(work.resolve("criu-lazy.journal")).doesNotExist();
        } catch (AssertionError e) {
          throw new AssertionError(e.getMessage() + "\n--- criu:\n" + criu.output(), e);
        }
      }
    }
  }

  /** Its first faults are queued, and a fork, a move and a removal behind them, if it makes any. */
  @ParameterizedTest
  @MethodSource("programs")
  void withFaultsAndChangesQueued(String program, String option) throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, program, option)) {
      CriuRun.dump(victim, images);
      LazyDaemon daemon = LazyDaemon.start(images);
      CriuRun.lazyRestore(images).mustSucceed();
      daemon.signal("STOP");
      victim.go();
      Thread.sleep(300); // until all of its threads wait
      daemon.close();
      try (LazyDaemon next = LazyDaemon.launch(scratch, images, "--resume", "-v4")) {
        RoundTrip.verify(victim, next, 30);
      }
    }
  }

  /** A program that goes on is killed in its turn, as early as it can be. */
  @Test
  void whileItIsResumedAgainAndAgain() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=64", "touches=5000")) {
      CriuRun.dump(victim, images);
      LazyDaemon daemon = LazyDaemon.start(images);
      victim.go();
      CriuRun.lazyRestore(images).mustSucceed();
      daemon.close();
      for (int ms = 200; ms <= 600; ms += 100) {
        LazyDaemon next = LazyDaemon.launch(scratch, images, "--resume");
        Thread.sleep(ms);
        next.close();
      }
      try (LazyDaemon last = LazyDaemon.launch(scratch, images, "--resume")) {
        RoundTrip.verify(victim, last, 30);
      }
    }
  }

  /** Nothing is begun with it and nothing is replaced; put back, it is as good as before. */
  @Test
  void aDamagedJournalIsRefusedAndNothingIsLost() throws Exception {
    Path images = RoundTrip.images(scratch);
    Path session = images.resolve("criu-lazy.journal/session");
    try (Victim victim = Victim.start(scratch, "pages", "mib=256", "touches=1000")) {
      CriuRun.dump(victim, images);
      LazyDaemon daemon = LazyDaemon.start(images);
      CriuRun.lazyRestore(images).mustSucceed();
      daemon.close();
      byte[] sound = Files.readAllBytes(session);
      Files.write(session, Arrays.copyOf(sound, 100));
      for (String option : new String[] {"--resume", "--progress"}) {
        try (LazyDaemon refused = LazyDaemon.launch(scratch, images, option)) {
          assertThat(refused.awaitExit(Budget.ofSeconds(20))).isEqualTo(1);
          assertThat(refused.output()).contains(session + " is damaged");
        }
      }
      Files.write(session, sound);
      victim.go();
      try (LazyDaemon next = LazyDaemon.launch(scratch, images, "--resume")) {
        RoundTrip.verify(victim, next, 30);
      }
    }
  }

  /** Two that serve one process would put old bytes over what it has given up. */
  @Test
  void aRestoreThatIsServedIsNotTakenOver() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=1000")) {
      CriuRun.dump(victim, images);
      try (LazyDaemon daemon = LazyDaemon.start(images)) {
        try (LazyDaemon second = LazyDaemon.launch(scratch, images, "--resume")) {
          assertThat(second.awaitExit(Budget.ofSeconds(20))).isEqualTo(1);
          assertThat(second.output()).contains("is being served by pid " + daemon.pid());
        }
        victim.go();
        CriuRun.lazyRestore(images).mustSucceed();
        RoundTrip.verify(victim, daemon, 20);
      }
    }
  }

  @AfterAll
  static void noKeeperIsLeft() {
    Keepers.awaitNone();
  }
}
