package io.criulazy.client.it;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.CriusPipes;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.PostCopySource;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.SeparateHost;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A migration, both ends real: the memory stays with the criu that dumps, in one network and pid
 * namespace, and is fetched from there by processes that criu restores in another.
 */
@Needs({
  Requirement.KERNEL,
  Requirement.CRIU,
  Requirement.GCC,
  Requirement.DISTRIBUTION,
  Requirement.IPROUTE
})
@Timeout(90)
class PostCopyIT {
  private static final int PORT = 27_913;

  @TempDir Path scratch;

  @ParameterizedTest
  @CsvSource({"pages, mib=64 touches=5000", "tree, kib=512", "randomops, rounds=3"})
  void theMemoryFollows(String program, String options) throws IOException {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (CriusPipes pipes = new CriusPipes();
        SeparateHost there = SeparateHost.start();
        SeparateHost here = SeparateHost.start();
        PostCopySource source = PostCopySource.start(there, scratch, program, options.split(" "))) {
      here.connectTo(there);
      String from = here.addressOfOtherEnd();
      pipes.mustHold();
      source.dump(there, images, from, PORT);
      String[] where = {
        "-W", work.toString(), "--page-server", "--address", from, "--port", "" + PORT, "-v3"
      };
      try (LazyDaemon daemon = LazyDaemon.launchIn(here.network(), work, images, where);
          Copy copy = Copy.start(here.network(), source.verdict(), images, work)) {
        copy.awaitUnharmed(Budget.ofSeconds(60));
        daemon.mustEndWell(Budget.ofSeconds(20));
        source.mustEndWell(images);
      }
    }
  }
}
