package io.criulazy.client.it;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The victims accuse nobody who is innocent: no failure in an ordinary process, none after an eager
 * restore. What they report in the other tests is the fault of the lazy restore.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC})
class RigIT {
  @TempDir Path scratch;

  @Test
  void randomOperationsNeverFailInAnOrdinaryProcess() {
    try (Victim victim =
        Victim.start(scratch, "randomops", "seed=1000", "rounds=20", "after=300")) {
      victim.go();
      victim.awaitUnharmed(Budget.ofSeconds(60));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pages mib=16",
        "tree zombie=1",
        "splits mappings=1000",
        "randomops seed=2000 rounds=10 after=300"
      })
  void noVictimIsHarmedByAnEagerRestore(String line) {
    String[] words = line.split(" ", 2);
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, words[0], words[1].split(" "))) {
      CriuRun.dump(victim, images);
      victim.go();
      CriuRun.eagerRestore(images).mustSucceed();
      victim.awaitUnharmed(Budget.ofSeconds(60));
    }
  }
}
