package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.ResidentDaemonRig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code criu-lazy daemon}, {@code prepare} and {@code status} as scripts use them. */
@Needs({Requirement.DISTRIBUTION, Requirement.KERNEL})
@Timeout(60)
class ResidentCommandsIT {
  private static final Path DISTRIBUTION = Requirement.DISTRIBUTION.path().toAbsolutePath();
  private static final Path IMAGES = DISTRIBUTION.resolve("lib/training");

  @TempDir Path scratch;

  @Test
  void whatIsPreparedIsShown() {
    try (ResidentDaemonRig daemon = ResidentDaemonRig.start(scratch)) {
      Path work = Copy.workDirectory(scratch, "work");
      Command.Outcome prepared = run("prepare", "-D", IMAGES.toString(), "-W", work.toString());
      assertThat(prepared.output()).isEqualTo(work + "/lazy-pages.socket\n");
      assertThat(work.resolve("lazy-pages.socket")).exists();
      assertThat(run("prepare", "-D", IMAGES.toString(), "-W", work.toString()))
          .isEqualTo(
              new Command.Outcome(
                  1,
                  "criu-lazy: cannot listen at %s: restore 1 has that directory until it is over, and is listening; give another work_dir.\n"
                      .formatted(work.resolve("lazy-pages.socket"))));
      assertThat(run("status").output())
          .startsWith("serving: 1 restores, 0 MiB delivered")
          .contains("1      listening ", IMAGES.toString())
          .doesNotContain("\033");
      assertThat(run("status", "--json").output()).startsWith("{\"state\":\"serving\",");
      daemon.terminate();
      assertThat(daemon.ends(Budget.ofSeconds(10))).isTrue();
      assertThat(work.resolve("lazy-pages.socket")).doesNotExist();
      assertThat(control()).doesNotExist();
    }
  }

  @Test
  void thereIsOneDaemonAtASocket() {
    try (ResidentDaemonRig daemon = ResidentDaemonRig.start(scratch)) {
      Command.Outcome second = run("daemon");
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.output()).contains("another daemon does");
      assertThat(daemon.report().state()).isEqualTo("serving");
    }
  }

  @Test
  void withoutADaemonTheySayWhatToDo() {
    for (List<String> command :
        List.of(List.of("status"), List.of("prepare", "-D", IMAGES.toString()))) {
      Command.Outcome outcome = run(command.toArray(String[]::new));
      assertThat(outcome.exitCode()).isEqualTo(1);
      assertThat(outcome.output())
          .startsWith("criu-lazy: no daemon answers at " + control())
          .contains("Start `criu-lazy daemon`")
          .hasLineCount(1);
    }
  }

  @Test
  void otherUsersAreRefusedWhateverTheModeOfTheSocket() throws IOException {
    try (ResidentDaemonRig daemon = ResidentDaemonRig.start(scratch)) {
      Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxrwxrwx"));
      Files.setPosixFilePermissions(control(), PosixFilePermissions.fromString("rwxrwxrwx"));
      List<String> program = List.of("setpriv", "--reuid", "65534", "--clear-groups");
      Command.Outcome outcome = run(program, "status");
      assertThat(outcome.exitCode()).isEqualTo(1);
      assertThat(outcome.output()).contains("uid 65534 may not: only root and uid 0 may");
      assertThat(daemon.report().state()).isEqualTo("serving");
    }
  }

  private Path control() {
    return scratch.resolve("control.sock");
  }

  private Command.Outcome run(String... arguments) {
    return run(List.of(), arguments);
  }

  private Command.Outcome run(List<String> prefix, String... arguments) {
    List<String> argv = new ArrayList<>(prefix);
    argv.add(DISTRIBUTION.resolve("bin/criu-lazy").toString());
    argv.addAll(List.of(arguments));
    argv.addAll(List.of("--control", control().toString()));
    return Command.run(scratch, Budget.ofSeconds(20), Map.of(), argv);
  }
}
