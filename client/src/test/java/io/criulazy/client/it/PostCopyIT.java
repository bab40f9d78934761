package io.criulazy.client.it;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.NetworkNamespace;
import io.criulazy.client.testing.PostCopySource;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A migration: the memory stays with the criu that dumps, in one network and pid namespace, and is
 * fetched from there by a process that criu restores in another.
 */
@Needs({
  Requirement.KERNEL,
  Requirement.CRIU,
  Requirement.GCC,
  Requirement.DISTRIBUTION,
  Requirement.IP
})
@Timeout(90)
class PostCopyIT {
  private static final int PORT = 27_913;

  @TempDir Path scratch;

  @ParameterizedTest
  @CsvSource({"pages, mib=24 touches=3000", "tree, kib=512"})
  void theMemoryFollows(String program, String options) {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (NetworkNamespace network = NetworkNamespace.make();
        Victim victim = Victim.start(scratch, program, options.split(" "));
        PostCopySource source = PostCopySource.dump(victim, images, network.outside(), PORT)) {
      String[] where = {
        "-W", work.toString(), "--page-server", "--address", network.outside(), "--port", "" + PORT
      };
      try (LazyDaemon daemon = LazyDaemon.launchIn(network, work, images, where)) {
        // Which sockets listen is told by /proc of that namespace only.
        daemon.awaitUp(
            "the daemon listens",
            Budget.ofSeconds(20),
            () -> Files.exists(work.resolve("lazy-pages.socket")));
        try (Copy copy = Copy.start(victim, images, work)) {
          copy.awaitUnharmed(Budget.ofSeconds(60));
          daemon.mustEndWell(Budget.ofSeconds(20));
          source.mustEndWell(Budget.ofSeconds(20));
        }
      }
    }
  }
}
