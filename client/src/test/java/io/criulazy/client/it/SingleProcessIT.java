package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One process, whole, stopped, with huge pages. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class SingleProcessIT {
  @TempDir Path scratch;

  @Test
  void aProcessFindsAllOfItsMemory() {
    RoundTrip.lazily(scratch, 30, "pages", "mib=256", "touches=20000");
  }

  @Test
  void aHugePageRegionComesBack() {
    RoundTrip.lazily(scratch, 30, "pages", "mib=128", "touches=2000", "thp=1");
  }

  /** See LazyProcess.prime(). */
  @Test
  void mappingsThatAreSplitAndJoinedBeforeTheirPagesComeAreWholeAgain() {
    RoundTrip.lazily(scratch, 30, "splits", "mappings=1000");
  }

  @Test
  void whatIsCutOffAndGrownAgainIsZero() {
    RoundTrip.lazily(scratch, 30, "regrow", "mappings=2000");
  }

  @Test
  void aProcessThatWasStoppedComesUpStoppedAndIsServed() {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=64")) {
      victim.signal("STOP");
      CriuRun.dump(victim, images);
      try (LazyDaemon daemon = LazyDaemon.start(images)) {
        victim.go();
        CriuRun.lazyRestore(images).mustSucceed();
        assertThat(victim.isStopped()).as("stopped after the restore").isTrue();
        victim.signal("CONT");
        RoundTrip.verify(victim, daemon, 30);
      }
    }
  }
}
