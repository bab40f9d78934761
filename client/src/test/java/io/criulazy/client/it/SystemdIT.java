package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Keepers;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Systemd;
import io.criulazy.client.testing.Victim;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The unit of deploy/systemd under a real systemd: it ends the daemon alone, and never the keeper.
 */
@Needs({
  Requirement.KERNEL,
  Requirement.CRIU,
  Requirement.GCC,
  Requirement.SYSTEMD,
  Requirement.DISTRIBUTION
})
class SystemdIT {
  @TempDir Path scratch;

  @Test
  void theKeeperOutlivesAKillAndTheNextDaemonGoesOn() throws Exception {
    cutOff(
        (systemd, images) -> {
          long before = systemd.mainPid();
          systemd.control("kill", "-s", "KILL", "--kill-who=main", Systemd.UNIT);
          systemd.awaitMainPid("systemd starts it again", pid -> pid > 0 && pid != before);
        });
  }

  /**
   * A stop waits for the memory, here for an image that is cut for a while; the second SIGTERM is
   * an operator's who doesn't wait.
   */
  @Test
  void theKeeperOutlivesAnImpatientStopAndTheNextDaemonGoesOn() throws Exception {
    cutOff(
        (systemd, images) -> {
          Path pages = images.resolve("pages-1.img");
          Path whole = scratch.resolve("whole");
          copy(pages, whole);
          try (FileChannel file = FileChannel.open(pages, StandardOpenOption.WRITE)) {
            file.truncate(4096);
          }
          systemd.control("stop", "--no-block", Systemd.UNIT);
          systemd.awaitOutput("can't be had");
          systemd.control("kill", "-s", "TERM", "--kill-who=main", Systemd.UNIT);
          systemd.awaitMainPid("it has ended", pid -> pid == 0);
          copy(whole, pages);
          systemd.control("start", Systemd.UNIT);
        });
  }

  private interface Cut {
    void by(Systemd systemd, Path images) throws Exception;
  }

  /** The daemon is stopped as soon as the process runs, so that this surely misses memory. */
  private void cutOff(Cut cut) throws Exception {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (Victim victim = Victim.start(scratch, "pages", "mib=256", "touches=1000");
        Systemd systemd = Systemd.start(scratch)) {
      CriuRun.dump(victim, images);
      systemd.control("start", Systemd.UNIT);
      systemd.awaitServing();
      systemd.prepare(images, work);
      long pid = systemd.mainPid();
      try (Copy copy = Copy.restoreOnly(victim, images, work)) {
        copy.awaitRestored(Budget.ofSeconds(30));
        Systemd.signal("STOP", pid);
        cut.by(systemd, images);
        systemd.awaitServing();
        systemd.awaitOutput("[1] are served again");
        copy.go();
        copy.awaitUnharmed(Budget.ofSeconds(30));
      }
      systemd.control("stop", Systemd.UNIT);
    }
  }

  /** Its times, too, to the nanosecond; a file that is there is written over. */
  private static void copy(Path from, Path to) {
    List<String> argv = List.of("cp", "--preserve=timestamps", from.toString(), to.toString());
    Command.Outcome outcome = Command.run(Path.of("/"), Budget.ofSeconds(30), Map.of(), argv);
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
  }

  @AfterAll
  static void noKeeperIsLeft() {
    Keepers.awaitNone();
  }
}
