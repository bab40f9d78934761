package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Keepers;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.ResidentDaemonRig;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code criu-lazy daemon --supervise}. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class SupervisedDaemonIT {
  private static final Logger LOG = LoggerFactory.getLogger(SupervisedDaemonIT.class);
  private static final Pattern AGAIN = Pattern.compile("serves again, (\\d+) ms after");

  @TempDir Path scratch;

  @Test
  void aKilledDaemonIsBackByItselfAndItsRestoresGoOn() throws Exception {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    Path log = scratch.resolve("daemon.log");
    try (Victim victim = Victim.start(scratch, "pages", "mib=128", "touches=20000");
        ResidentDaemonRig daemon =
            ResidentDaemonRig.start(scratch, "--supervise", "-o", log.toString())) {
      CriuRun.dump(victim, images);
      daemon.prepare(images, work);
      victim.go();
      CriuRun.lazyRestore(images, "-W", work.toString()).mustSucceed();
      child(daemon).orElseThrow().destroyForcibly();
      victim.awaitUnharmed(Budget.ofSeconds(30));
      Budget.ofSeconds(20)
          .await(
              "it serves again",
              () -> AGAIN.matcher(text(log)).find(),
              () -> text(log) + daemon.output());
      Matcher again = AGAIN.matcher(text(log));
      assertThat(again.find()).isTrue();
      LOG.warn("from the kill to serving again: {} ms", again.group(1));
      assertThat(text(log)).contains("was killed by signal 9").contains("[1] are served again");
      daemon.terminate();
      assertThat(daemon.ends(Budget.ofSeconds(20))).as(text(log)).isTrue();
      assertThat(child(daemon)).isEmpty();
      assertThat(scratch.resolve("control.sock.journal")).doesNotExist();
    }
  }

  private static Optional<ProcessHandle> child(ResidentDaemonRig supervisor) {
    return ProcessHandle.of(supervisor.pid())
        .flatMap(process -> process.children().findFirst())
        .filter(ProcessHandle::isAlive);
  }

  private static String text(Path log) {
    try {
      return Files.readString(log);
    } catch (java.io.IOException e) {
      return "(no " + log + ")";
    }
  }

  @AfterEach
  void noKeeperIsLeft() {
    Keepers.awaitNone();
  }
}
