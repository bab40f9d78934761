package io.criulazy.client.dump;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Stranger;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dumps of our own engine, which criu restores; what it does not cover is left as it is. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC})
class NativeDumpIT {
  @TempDir Path scratch;

  private final NativeDump engine = new NativeDump();
  private Path images;

  @BeforeEach
  void makeImages() {
    images = RoundTrip.images(scratch);
  }

  @Test
  void criuRestoresAProcessThatIsInManyStates() throws IOException {
    try (Stranger victim = Stranger.start(scratch, "states", "threads=64")) {
      dump(victim, false);
      CriuRun.eagerRestore(images).mustSucceed();
      victim.finishUnharmed();
    }
  }

  @Test
  void aProcessThatIsLeftRunningNoticesNothing() throws IOException {
    try (Stranger victim = Stranger.start(scratch, "states", "threads=8")) {
      dump(victim, true);
      assertThat(victim.state()).isIn("S", "R");
      victim.finishUnharmed();
    }
  }

  private void dump(Stranger victim, boolean leaveRunning) throws IOException {
    DumpRequest request =
        new DumpRequest(
            victim.pid(), images, leaveRunning, images.resolve("dump.log"), 4, List.of());
    assertThat(engine.refusals(request)).isEmpty();
    engine.dump(request);
    if (!leaveRunning) {
      victim.awaitGone();
    }
  }
}
