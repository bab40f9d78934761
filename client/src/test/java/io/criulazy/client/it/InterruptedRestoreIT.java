package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A restore that does not come to its end: by criu's own failure, or since somebody kills what was
 * restored.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class InterruptedRestoreIT {
  @TempDir Path scratch;

  @Test
  void theDaemonFailsWhenThePidIsTaken() {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      CriuRun.dumpLeaveRunning(victim, images);
      assertFailsWithCriu(images);
    }
  }

  @Test
  void theDaemonFailsWhenAFileOfTheProcessIsMissing() throws IOException {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      CriuRun.dump(victim, images);
      Files.delete(victim.verdict().file());
      assertFailsWithCriu(images);
    }
  }

  private static void assertFailsWithCriu(Path images) {
    try (LazyDaemon daemon = LazyDaemon.start(images)) {
      CriuRun restore = CriuRun.lazyRestore(images);
      assertThat(restore.exitCode()).as("%s", restore).isNotZero();
      assertThat(daemon.awaitExit(Budget.ofSeconds(10))).as("exit code of the daemon").isNotZero();
      assertThat(daemon.output()).as("what the daemon says").containsIgnoringCase("restore");
    }
  }

  @Test
  void theDaemonEndsWellWhenTheProcessIsKilledInMidTransfer() {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=512")) {
      CriuRun.dump(victim, images);
      try (LazyDaemon daemon = LazyDaemon.start(images)) {
        CriuRun.lazyRestore(images).mustSucceed();
        daemon.signal("STOP"); // or it might be ready before the kill
        victim.signal("KILL");
        daemon.signal("CONT");
        daemon.mustEndWell(Budget.ofSeconds(5));
      }
    }
  }

  @Test
  void theDaemonEndsWellWhenATreeIsKilledWhileItFaults() {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "tree", "kib=4096")) {
      CriuRun.dump(victim, images);
      try (LazyDaemon daemon = LazyDaemon.start(images)) {
        victim.go();
        CriuRun.lazyRestore(images).mustSucceed();
        victim.killAll();
        daemon.mustEndWell(Budget.ofSeconds(5));
      }
    }
  }
}
