package io.criulazy.client.it;

import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two hundred rounds of random memory operations while the memory comes in: none may see a wrong
 * word or a system call fail. The rounds of one restore are the processes of one tree; a round has
 * its own seed, which the failure names.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class RandomOperationsIT {
  private static final int ROUNDS = 20;

  @TempDir Path scratch;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void noRoundIsHarmed(int batch) {
    RoundTrip.lazily(
        scratch, 60, "randomops", "seed=" + batch * ROUNDS, "rounds=" + ROUNDS, "after=300");
  }
}
