package io.criulazy.client.rings;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.OwnCommand;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.Stranger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rings of all kinds, in the middle of their work, through {@code dump} with criu and a lazy {@code
 * restore}. A cell is what the process itself says of its data and its rings afterwards. All cells
 * with {@code -Dcriu-lazy.it.all-rings=true}; the table is then in target/ring-matrix.md.
 */
@Needs({Requirement.KERNEL, Requirement.GCC, Requirement.CRIU, Requirement.DISTRIBUTION})
class RingDumpMatrixIT {
  private static final Map<String, Map<String, String>> TABLE = new ConcurrentSkipListMap<>();

  @TempDir Path directory;

  /** For every day: a ring of one owner with all there is, since others go through RingMatrixIT. */
  static Stream<Arguments> cells() {
    return RingMatrixIT.ALL
        ? RingMatrixIT.allCells().stream()
        : Stream.of(
            Arguments.of(
                "SINGLE_ISSUER|DEFER_TASKRUN",
                Uring.SETUP_SINGLE_ISSUER | Uring.SETUP_DEFER_TASKRUN,
                "overflow",
                1));
  }

  @ParameterizedTest(name = "{0} {2} registered={3}")
  @MethodSource("cells")
  void comesBackFromImages(String name, int flags, String state, int registered) throws Exception {
    Path images = Files.createDirectory(directory.resolve("img"));
    String column = state + (registered == 0 ? "" : ", registered");
    try (Stranger victim =
        Stranger.start(
            directory, "rings", "flags=" + flags, "state=" + state, "registered=" + registered)) {
      Command.Outcome dump =
          OwnCommand.run("dump", "--engine=criu", "-t", "" + victim.pid(), "-D", images.toString());
      if (dump.exitCode() != 0) {
        note(name, column, "refused: " + dump.output().strip());
        victim.finishUnharmed();
      }
      assertThat(dump.exitCode()).as(dump.output()).isZero();
      victim.awaitGone();
      OwnCommand.mustRun("restore", "--engine=criu", "-D", images.toString(), "--lazy-pages", "-d");
      victim.finishUnharmed();
      note(name, column, victim.verdict().checks() + " checks");
    }
  }

  private static void note(String name, String column, String result) {
    TABLE.computeIfAbsent(name, n -> new ConcurrentSkipListMap<>()).put(column, result);
  }

  @AfterAll
  static void writeTable() throws Exception {
    StringBuilder table = new StringBuilder();
    for (Map.Entry<String, Map<String, String>> row : TABLE.entrySet()) {
      if (table.isEmpty()) {
        table.append("| flags | ").append(String.join(" | ", row.getValue().keySet()));
        table.append(" |\n|---|").append("---|".repeat(row.getValue().size())).append('\n');
      }
      table.append("| ").append(row.getKey().replace("|", "\\|")).append(" | ");
      table.append(String.join(" | ", row.getValue().values())).append(" |\n");
    }
    Files.writeString(Path.of("target/ring-matrix.md"), table);
  }
}
