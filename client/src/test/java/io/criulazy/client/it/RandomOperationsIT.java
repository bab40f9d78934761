package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.ResidentDaemonRig;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two hundred rounds of random memory operations while the memory comes in: none may see a wrong
 * word or a system call fail. The rounds of one restore are the processes of one tree; a round has
 * its own seed, which the failure names. One daemon serves all restores.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class RandomOperationsIT {
  private static final int ROUNDS = 20;

  @TempDir static Path control;
  private static ResidentDaemonRig daemon;

  @TempDir Path scratch;

  @BeforeAll
  static void startDaemon() {
    daemon = ResidentDaemonRig.start(control);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void noRoundIsHarmed(int batch) {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (Victim victim =
        Victim.start(
            scratch, "randomops", "seed=" + batch * ROUNDS, "rounds=" + ROUNDS, "after=300")) {
      CriuRun.dump(victim, images);
      daemon.prepare(images, work);
      victim.go();
      CriuRun.lazyRestore(images, "-W", work.toString()).mustSucceed();
      try {
        victim.awaitUnharmed(Budget.ofSeconds(60));
      } catch (AssertionError e) {
        throw new AssertionError(e.getMessage() + "\n--- daemon:\n" + daemon.output(), e);
      }
    }
  }

  @AfterAll
  static void endDaemon() {
    try (ResidentDaemonRig last = daemon) {
      last.terminate();
      assertThat(last.ends(Budget.ofSeconds(20))).as(last.output()).isTrue();
      assertThat(last.output()).doesNotContain("Error");
    }
  }
}
