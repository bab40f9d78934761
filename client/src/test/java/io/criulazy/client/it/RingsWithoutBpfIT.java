package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.Stranger;
import io.criulazy.client.testing.WithoutBpf;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where BPF is not allowed probes tell of a ring that runs what they can. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.DISTRIBUTION, Requirement.GCC})
class RingsWithoutBpfIT {
  @TempDir Path scratch;

  @Test
  void showsWhatProbesTell() throws Exception {
    try (Stranger victim =
        Stranger.start(scratch, "rings", "flags=0x3000", "state=unreaped", "registered=1")) {
      Command.Outcome shown = WithoutBpf.run("inspect", "--pid", "" + victim.pid());
      assertThat(shown.exitCode()).as(shown.output()).isZero();
      assertThat(shown.output())
          .contains("SINGLE_ISSUER|DEFER_TASKRUN, others unknown, 8 and 16 entries")
          .contains("submitted 1021, completed 1021, in flight unknown, overflow 0")
          .contains("files 1, buffers 2, personalities unknown, eventfd unknown");
      assertThat(shown.output()).contains("not all is known", "EPERM", "needs CAP_BPF");
      victim.finishUnharmed();
    }
  }
}
