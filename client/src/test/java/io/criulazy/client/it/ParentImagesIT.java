package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.ParentChain;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  /** By pre-dumps where the kernel tracks changes; else by spreading a dump as they would have. */
  private void dumpInThreeSteps(Victim victim) throws IOException {
    if (CriuRun.hasFeature("mem_dirty_track")) {
      CriuRun.preDump(victim, first);
      victim.rewrite(2);
      CriuRun.preDump(victim, second, "--prev-images-dir", "../first");
      victim.rewrite(3);
      CriuRun.dump(victim, last, "--track-mem", "--prev-images-dir", "../second");
    } else {
      CriuRun.dump(victim, last);
      ParentChain.spread(List.of(last, second, first), victim.pid());
    }
    assertThat(second.resolve("parent")).as("the link to the oldest").isSymbolicLink();
    assertThat(last.resolve("parent")).as("the link to the parent").isSymbolicLink();
  }
}
