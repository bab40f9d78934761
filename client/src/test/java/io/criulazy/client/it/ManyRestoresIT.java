package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.ResidentDaemonRig;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One resident daemon and many restores of one image, at the same time and one after the other.
 * CRIU_LAZY_IT_COPIES and CRIU_LAZY_IT_ROUNDS make it more of them.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class ManyRestoresIT {
  private static final Logger LOG = LoggerFactory.getLogger(ManyRestoresIT.class);
  private static final int COPIES = number("CRIU_LAZY_IT_COPIES", 20);
  private static final int ROUNDS = number("CRIU_LAZY_IT_ROUNDS", 100);
  private static final int WARM_UP_ROUNDS = 10;
  private static final long MIB = 1 << 20;

  @TempDir Path scratch;

  @Test
  void manyCopiesAtOnceAreAllRight() {
    Path images = RoundTrip.images(scratch);
    List<Copy> copies = new ArrayList<>();
    try (Victim victim = Victim.start(scratch, "pages", "mib=64", "touches=2000");
        ResidentDaemonRig daemon = ResidentDaemonRig.start(scratch)) {
      CriuRun.dump(victim, images);
      show("at first", daemon);
      long files = daemon.openFiles();
      List<Path> works = new ArrayList<>();
      for (int i = 0; i < COPIES; i++) {
        works.add(Copy.workDirectory(scratch, "copy" + i));
        daemon.prepare(images, works.get(i));
      }
      works.forEach(work -> copies.add(Copy.start(victim, images, work)));
      show("all started", daemon);
      Budget budget = Budget.ofSeconds(90);
      copies.forEach(copy -> copy.awaitUnharmed(budget));
      daemon.awaitComplete(COPIES, Budget.ofSeconds(20));
      show("at last", daemon);
      daemon.awaitOpenFiles(files, Budget.ofSeconds(10));
    } finally {
      copies.forEach(Copy::close);
    }
  }

  @Test
  void oneAfterTheOtherLeaveNothingBehind() {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=500");
        ResidentDaemonRig daemon = ResidentDaemonRig.start(scratch)) {
      CriuRun.dump(victim, images);
      long files = 0;
      long bytes = 0;
      long threads = 0;
      for (int i = 0; i < ROUNDS; i++) {
        if (i == WARM_UP_ROUNDS) {
          show("after " + i, daemon);
          files = daemon.openFiles();
          bytes = daemon.anonymousBytes();
          threads = daemon.threads();
        }
        Path work = Copy.workDirectory(scratch, "round" + i);
        daemon.prepare(images, work);
        try (Copy copy = Copy.start(victim, images, work)) {
          copy.awaitUnharmed(Budget.ofSeconds(20));
        }
        daemon.awaitComplete(i + 1, Budget.ofSeconds(20));
      }
      show("after " + ROUNDS, daemon);
      daemon.awaitOpenFiles(files, Budget.ofSeconds(10));
      assertThat(daemon.threads()).as("threads").isLessThanOrEqualTo(threads);
      assertThat(daemon.anonymousBytes()).as("bytes of memory").isLessThan(bytes + 32 * MIB);
    }
  }

  @Test
  void finishesWhatHasBegunBeforeItEnds() {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    Path idle = Copy.workDirectory(scratch, "idle");
    try (Victim victim = Victim.start(scratch, "pages", "mib=512");
        ResidentDaemonRig daemon = ResidentDaemonRig.start(scratch)) {
      CriuRun.dump(victim, images);
      daemon.prepare(images, work);
      daemon.prepare(images, idle);
      victim.go();
      CriuRun.lazyRestore(images, "-W", work.toString()).mustSucceed();
      daemon.terminate();
      victim.awaitUnharmed(Budget.ofSeconds(60));
      assertThat(daemon.ends(Budget.ofSeconds(20))).as(daemon.output()).isTrue();
      assertThat(idle.resolve("lazy-pages.socket")).doesNotExist();
      assertThat(daemon.output()).contains("COMPLETE").contains("CANCELLED");
    }
  }

  private static void show(String when, ResidentDaemonRig daemon) {
    LOG.warn(
        "{}: {} open files, {} MiB resident, {} MiB of its own, {} threads",
        when,
        daemon.openFiles(),
        daemon.residentBytes() / MIB,
        daemon.anonymousBytes() / MIB,
        daemon.threads());
  }

  private static int number(String variable, int usual) {
    String value = System.getenv(variable);
    return value == null ? usual : Integer.parseInt(value);
  }
}
