package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Keepers;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Leftovers;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.ResidentDaemonRig;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many restores of one dump, one after the other: served by {@code lazy-pages}, by a resident
 * daemon, and by either of them killed on the way. No keeper, no socket, no journal, no temporary
 * file, no process is left by any, and no open file in the resident daemon.
 *
 * <p>CRIU_LAZY_RESTORES sets how many.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class NothingIsLeftIT {
  private static final int RESTORES =
      Integer.parseInt(System.getenv().getOrDefault("CRIU_LAZY_RESTORES", "8"));
  private static final int KINDS = 4;
  private static final int WITHIN_MS = 200;

  /** Descriptors that a JVM opens late, once: for timers, random numbers, a second event loop. */
  private static final int LATE_FILES = 10;

  @TempDir Path scratch;
  private final SplittableRandom random = new SplittableRandom(1);
  private ResidentDaemonRig resident;
  private long completeByResident;

  @Test
  void afterManyRestores() throws Exception {
    Path images = RoundTrip.images(scratch);
    Path control = Copy.workDirectory(scratch, "control");
    Leftovers leftovers = Leftovers.before(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=1000")) {
      CriuRun.dump(victim, images);
      resident = ResidentDaemonRig.start(control);
      long openFiles = resident.openFiles();
      for (int i = 0; i < RESTORES; i++) {
        Path work = Copy.workDirectory(scratch, "work" + i);
        if (i % KINDS == KINDS - 1) {
          killedResident(victim, images, work, control);
          openFiles = resident.openFiles();
        } else {
          restore(i % KINDS, victim, images, work);
        }
        Leftovers.awaitOnlyTheRigs(work);
      }
      resident.awaitOpenFiles(openFiles + LATE_FILES, Budget.ofSeconds(10));
      resident.terminate();
      assertThat(resident.ends(Budget.ofSeconds(20))).as(resident.output()).isTrue();
    } finally {
      if (resident != null) {
        resident.close();
      }
    }
    Keepers.awaitNone();
    assertThat(control).isDirectoryNotContaining(path -> !path.endsWith("resident.log"));
    leftovers.assertNone();
  }

  private void restore(int kind, Victim victim, Path images, Path work) throws Exception {
    switch (kind) {
      case 0 -> served(victim, images, work);
      case 1 -> resident(victim, images, work);
      default -> killed(victim, images, work);
    }
  }

  private static void served(Victim victim, Path images, Path work) {
    try (LazyDaemon daemon = LazyDaemon.launch(work, images, "-W", work.toString())) {
      daemon.awaitListening(work);
      try (Copy copy = Copy.start(victim, images, work)) {
        copy.awaitUnharmed(Budget.ofSeconds(60));
        daemon.mustEndWell(Budget.ofSeconds(20));
      }
    }
  }

  private void resident(Victim victim, Path images, Path work) {
    resident.prepare(images, work);
    try (Copy copy = Copy.start(victim, images, work)) {
      copy.awaitUnharmed(Budget.ofSeconds(60));
      completeByResident++;
      resident.awaitComplete(completeByResident, Budget.ofSeconds(20));
    }
  }

  private void killed(Victim victim, Path images, Path work) throws Exception {
    LazyDaemon daemon = LazyDaemon.launch(work, images, "-W", work.toString());
    daemon.awaitListening(work);
    try (Copy copy = Copy.start(victim, images, work)) {
      Thread.sleep(random.nextInt(WITHIN_MS));
      daemon.close();
      try (LazyDaemon next = LazyDaemon.launch(work, images, "-W", work.toString(), "--resume")) {
        copy.awaitUnharmed(Budget.ofSeconds(60));
        next.mustEndWell(Budget.ofSeconds(20));
      }
    }
  }

  private void killedResident(Victim victim, Path images, Path work, Path control)
      throws Exception {
    resident.prepare(images, work);
    try (Copy copy = Copy.start(victim, images, work)) {
      Thread.sleep(random.nextInt(WITHIN_MS));
      resident.close();
      resident = ResidentDaemonRig.start(control);
      completeByResident = 0;
      copy.awaitUnharmed(Budget.ofSeconds(60));
      resident.awaitIdle(Budget.ofSeconds(20));
      completeByResident = resident.complete();
    }
  }
}
