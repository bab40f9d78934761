package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.IncrementalImages;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages that lie in the images of a pre-dump, or of the one before. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class ParentImagesIT {
  @TempDir Path scratch;

  private Path first;
  private Path second;
  private Path last;

  @BeforeEach
  void directories() throws IOException {
    first = Files.createDirectory(scratch.resolve("first"));
    second = Files.createDirectory(scratch.resolve("second"));
    last = Files.createDirectory(scratch.resolve("last"));
  }

  @Test
  void parentsTwoDeep() throws IOException {
    try (Victim victim = Victim.start(scratch, "pages", "mib=64", "touches=5000")) {
      dumpInThreeSteps(victim);
      RoundTrip.restoreAndVerify(victim, last, 30);
    }
  }

  /** The chain that the test above uses means to criu what it means to the test. */
  @Test
  void parentsTwoDeepRestoredEagerly() throws IOException {
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      dumpInThreeSteps(victim);
      victim.go();
      CriuRun.eagerRestore(last).mustSucceed();
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  /**
   * By pre-dumps where the kernel tracks changes; else by dumps that are made to depend on each
   * other.
   */
  private void dumpInThreeSteps(Victim victim) throws IOException {
    if (CriuRun.hasFeature("mem_dirty_track")) {
      CriuRun.preDump(victim, first);
      victim.rewrite(2);
      CriuRun.preDump(victim, second, "--prev-images-dir", "../first");
      victim.rewrite(3);
      CriuRun.dump(victim, last, "--track-mem", "--prev-images-dir", "../second");
    } else {
      CriuRun.dumpLeaveRunning(victim, first);
      victim.rewrite(2);
      CriuRun.dumpLeaveRunning(victim, second);
      victim.rewrite(3);
      CriuRun.dump(victim, last);
      assertThat(IncrementalImages.dependOn(second, first, victim.pid())).isPositive();
      assertThat(IncrementalImages.dependOn(last, second, victim.pid())).isPositive();
    }
    assertThat(last.resolve("parent/parent/pagemap-" + victim.pid() + ".img")).exists();
  }
}
