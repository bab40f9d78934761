package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.Stranger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where BPF is not allowed probes tell of a ring what they can, and a dump is refused. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.DISTRIBUTION, Requirement.GCC})
class RingsWithoutBpfIT {
  private static final String BPF = "-bpf,-perfmon,-sys_admin";

  @TempDir Path scratch;

  @Test
  void probesAreShownAndADumpIsRefused() throws Exception {
    Path images = Files.createDirectory(scratch.resolve("img"));
    try (Stranger victim =
        Stranger.start(scratch, "rings", "flags=0x3000", "state=unreaped", "registered=1")) {
      Command.Outcome shown = withoutBpf("inspect", "--pid", "" + victim.pid());
      assertThat(shown.exitCode()).as(shown.output()).isZero();
      assertThat(shown.output())
          .contains("SINGLE_ISSUER|DEFER_TASKRUN, others unknown, 8 and 16 entries")
          .contains("submitted 1021, completed 1021, in flight unknown, overflow 0")
          .contains("files 1, buffers 2, personalities unknown, eventfd unknown");
      Command.Outcome dump =
          withoutBpf("dump", "-t", "" + victim.pid(), "-D", images.toString(), "--engine=criu");
      assertThat(dump.exitCode()).isEqualTo(1);
      assertThat(dump.output()).contains("EPERM", "needs CAP_BPF and CAP_PERFMON");
      assertThat(images).isEmptyDirectory();
      victim.finishUnharmed();
    }
  }

  private static Command.Outcome withoutBpf(String... arguments) {
    List<String> words = new ArrayList<>(List.of("setpriv", "--bounding-set", BPF));
    words.addAll(List.of("--inh-caps", BPF));
    words.add(Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString());
    words.addAll(List.of(arguments));
    Map<String, String> environment = Map.of("CRIU", Requirement.CRIU.path().toString());
    return Command.run(Path.of("/"), Budget.ofSeconds(60), environment, words);
  }
}
