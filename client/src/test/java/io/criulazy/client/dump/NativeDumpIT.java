package io.criulazy.client.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Stranger;
import io.criulazy.client.testing.TemporaryDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dumps of our own engine: criu restores them, and so does our own; else all stays as it was. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class NativeDumpIT {
  private static final int REFUSALS = Integer.getInteger("criu-lazy.it.native-refusals", 5);

  @TempDir Path scratch;

  private final NativeDump engine = new NativeDump();

  @Test
  void criuRestoresATreeLazily() throws IOException {
    try (Stranger victim = Stranger.start(scratch, "tree", "procs=5", "threads=4", "zombie=1")) {
      Path images = dump(victim);
      try (LazyDaemon daemon = LazyDaemon.start(images)) {
        CriuRun.lazyRestore(images).mustSucceed();
        victim.finishUnharmed();
        daemon.mustEndWell(Budget.ofSeconds(20));
      }
    }
  }

  @Test
  void aStoppedProcessComesUpStopped() throws IOException {
    try (Stranger victim = Stranger.start(scratch, "pages", "mib=16")) {
      victim.signal("STOP");
      Budget.ofSeconds(10).await("stopped", () -> victim.state().equals("T"), victim::state);
      CriuRun.eagerRestore(dump(victim)).mustSucceed();
      Budget.ofSeconds(10).await("stopped", () -> victim.state().equals("T"), victim::state);
      victim.signal("CONT");
      victim.finishUnharmed();
    }
  }

  @Test
  void aProcessThatIsLeftRunningNoticesNothing() throws IOException {
    try (Stranger victim = Stranger.start(scratch, "states", "threads=8")) {
      engine.dump(request(victim, images(), true));
      assertThat(victim.state()).isIn("S", "R");
      victim.finishUnharmed();
    }
  }

  @Test
  void whatIsNotCoveredIsToldAtOnceAndLeftAsItWas() throws IOException {
    try (Stranger victim = Stranger.start(scratch, "files", "refused")) {
      Path images = images();
      DumpRequest request =
          new DumpRequest(
              victim.pid(), images, false, images.resolve("log"), 4, List.of("--tcp-established"));
      for (int i = 0; i < REFUSALS; i++) {
        assertThat(engine.refusals(request))
            .anyMatch(cause -> cause.contains("--tcp-established"))
            .anyMatch(cause -> cause.contains("deleted"))
            .anyMatch(cause -> cause.contains("family 16"))
            .allMatch(cause -> !cause.isBlank())
            .hasSizeGreaterThanOrEqualTo(3);
        assertThatThrownBy(() -> engine.dump(request))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("deleted")
            .hasMessageContaining("family 16")
            .hasMessageContaining("--engine criu");
        assertThat(imagesIn(images)).isEmpty();
        assertThat(victim.state()).isIn("S", "R");
      }
    }
  }

  @Test
  void aDumpThatFailsLeavesTheProcessRunningAndNoImages() throws IOException {
    Path images = images();
    try (TemporaryDisk disk = TemporaryDisk.mount(images, 1);
        Stranger victim = Stranger.start(scratch, "state", "threads=64", "guards=1")) {
      assertThatThrownBy(() -> engine.dump(request(victim, disk.path(), false)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("No space left");
      assertThat(imagesIn(images)).isEmpty();
      victim.finishUnharmed();
    }
  }

  private static List<Path> imagesIn(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".img")).toList();
    }
  }

  private Path images() {
    return RoundTrip.images(scratch);
  }

  private static DumpRequest request(Stranger victim, Path images, boolean leaveRunning) {
    return new DumpRequest(
        victim.pid(), images, leaveRunning, images.resolve("dump.log"), 4, List.of());
  }

  private Path dump(Stranger victim) throws IOException {
    DumpRequest request = request(victim, images(), false);
    assertThat(engine.refusals(request)).isEmpty();
    engine.dump(request);
    victim.awaitGone();
    return request.imagesDir();
  }
}
