package io.criulazy.client.rings;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.OwnCommand;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.Stranger;
import io.criulazy.client.testing.WithoutBpf;
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

  private static final Map<String, Map<String, String>> PROBED = new ConcurrentSkipListMap<>();

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
    comesBack(TABLE, OwnCommand::run, name, flags, state, registered);
  }

  /** For every day: all that probes have to find out about a ring of many kinds. */
  static Stream<Arguments> probedCells() {
    return RingMatrixIT.ALL
        ? RingMatrixIT.allCells().stream()
        : Stream.of(
            Arguments.of(
                "COOP_TASKRUN|TASKRUN_FLAG",
                Uring.SETUP_COOP_TASKRUN | Uring.SETUP_TASKRUN_FLAG,
                "unreaped",
                1),
            Arguments.of("SQPOLL", Uring.SETUP_SQPOLL, "chain", 0));
  }

  @ParameterizedTest(name = "{0} {2} registered={3}")
  @MethodSource("probedCells")
  void comesBackFromImagesWithoutBpf(String name, int flags, String state, int registered)
      throws Exception {
    comesBack(PROBED, WithoutBpf::run, name, flags, state, registered);
  }

  private interface Dump {
    Command.Outcome run(String... arguments);
  }

  private void comesBack(
      Map<String, Map<String, String>> table,
      Dump command,
      String name,
      int flags,
      String state,
      int registered)
      throws Exception {
    Path images = Files.createDirectory(directory.resolve("img"));
    String column = state + (registered == 0 ? "" : ", registered");
    try (Stranger victim =
        Stranger.start(
            directory, "rings", "flags=" + flags, "state=" + state, "registered=" + registered)) {
      Command.Outcome dump =
          command.run("dump", "--engine=criu", "-t", "" + victim.pid(), "-D", images.toString());
      if (dump.exitCode() != 0 && isNotToldByProbes(flags, state, table)) {
        note(table, name, column, "refused");
        assertThat(dump.output()).contains("32-byte completions that found no room");
        victim.finishUnharmed();
        return;
      }
      assertThat(dump.exitCode()).as(dump.output()).isZero();
      victim.awaitGone();
      OwnCommand.mustRun("restore", "--engine=criu", "-D", images.toString(), "--lazy-pages", "-d");
      victim.finishUnharmed();
      note(table, name, column, victim.verdict().checks() + " checks");
    }
  }

  private static boolean isNotToldByProbes(
      int flags, String state, Map<String, Map<String, String>> table) {
    return table == PROBED && (flags & Uring.SETUP_CQE32) != 0 && state.equals("overflow");
  }

  private static void note(
      Map<String, Map<String, String>> table, String name, String column, String result) {
    table.computeIfAbsent(name, n -> new ConcurrentSkipListMap<>()).put(column, result);
  }

  @AfterAll
  static void writeTables() throws Exception {
    write(TABLE, "ring-matrix.md");
    write(PROBED, "ring-matrix-without-bpf.md");
  }

  private static void write(Map<String, Map<String, String>> cells, String file) throws Exception {
    StringBuilder table = new StringBuilder();
    for (Map.Entry<String, Map<String, String>> row : cells.entrySet()) {
      if (table.isEmpty()) {
        table.append("| flags | ").append(String.join(" | ", row.getValue().keySet()));
        table.append(" |\n|---|").append("---|".repeat(row.getValue().size())).append('\n');
      }
      table.append("| ").append(row.getKey().replace("|", "\\|")).append(" | ");
      table.append(String.join(" | ", row.getValue().values())).append(" |\n");
    }
    Files.writeString(Path.of("target", file), table);
  }
}
