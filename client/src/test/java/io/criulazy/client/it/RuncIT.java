package io.criulazy.client.it;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Container;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon in the place of {@code criu lazy-pages} under a container runtime. */
@Needs({
  Requirement.KERNEL,
  Requirement.CRIU,
  Requirement.GCC,
  Requirement.RUNC,
  Requirement.DISTRIBUTION
})
class RuncIT {
  @TempDir Path scratch;

  @Test
  void aContainerIsCheckpointedAndLazilyRestored() throws IOException {
    Path images = RoundTrip.images(scratch);
    Path work = Files.createDirectory(scratch.resolve("work"));
    try (Container container = Container.start(scratch, "pages", "mib=128", "touches=5000")) {
      container.checkpoint(images, work);
      try (LazyDaemon daemon = LazyDaemon.launch(scratch, images, "-W", work.toString())) {
        daemon.awaitListening(work);
        container.go();
        container.restoreLazily(images, work);
        container.awaitUnharmed(Budget.ofSeconds(30));
        daemon.mustEndWell(Budget.ofSeconds(20));
      }
    }
  }
}
