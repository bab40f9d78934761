package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CProgram;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.OwnCommand;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.RunningProgram;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dump is killed with SIGKILL while it has the rings of a process. */
@Needs({
  Requirement.KERNEL,
  Requirement.CRIU,
  Requirement.DISTRIBUTION,
  Requirement.GCC,
  Requirement.LIBURING
})
class RingRecoveryIT {
  /** Holds criu where the images are written and the processes still held. */
  private static final String SCRIPT =
      """
      #!/bin/sh
      [ "$CRTOOLS_SCRIPT_ACTION" = post-dump ] || exit 0
      touch %1$s/reached
      while [ ! -e %1$s/go-on ]; do sleep 0.02; done
      exit %2$d
      """;

  @TempDir Path scratch;
  private Path images;

  @BeforeEach
  void makeImages() {
    images = RoundTrip.images(scratch);
  }

  @Test
  void whoseDumpFailsAfterwardsGoesOn() throws Exception {
    try (Victim victim = Victim.start(scratch, CProgram.build("uring-echo", "uring"))) {
      killDump(victim, 1);
      Command.Outcome early = recover();
      assertThat(early.exitCode()).isEqualTo(1);
      assertThat(early.output()).contains("is still being dumped, by process");
      letCriuEnd(victim);
      Command.Outcome again =
          OwnCommand.run("dump", "-t", "" + victim.pid(), "-D", images.toString());
      assertThat(again.exitCode()).isEqualTo(1);
      assertThat(again.output()).contains("criu-lazy dump --recover -D " + images);
      recoversUnharmed(victim);
    }
  }

  @Test
  void whoseDumpSucceedsAfterwardsGoesOnAndKeepsItsImages() throws Exception {
    try (Victim victim = Victim.start(scratch, CProgram.build("uring-echo", "uring"))) {
      killDump(victim, 0, "--leave-running");
      letCriuEnd(victim);
      recoversUnharmed(victim);
      assertThat(names()).anyMatch(name -> name.startsWith("io-uring")).contains("inventory.img");
    }
  }

  @Test
  void whereNothingWasTakenAwayThereIsNothingToRecover() {
    Command.Outcome outcome = recover();
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.output()).contains("no dump into it was killed");
  }

  private void killDump(Victim victim, int criusEnd, String... options) throws Exception {
    Path script = scratch.resolve("hold");
    Files.writeString(script, SCRIPT.formatted(scratch, criusEnd));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    List<String> words = new ArrayList<>(List.of("dump", "--engine=criu", "-t"));
    words.addAll(List.of("" + victim.pid(), "-D", images.toString()));
    words.addAll(List.of(options));
    words.addAll(List.of("--", "--action-script", script.toString()));
    try (RunningProgram dump =
        OwnCommand.start(scratch.resolve("dump.out"), words.toArray(String[]::new))) {
      dump.awaitUp(
          "criu has written its images",
          Budget.ofSeconds(30),
          () -> Files.exists(scratch.resolve("reached")));
      dump.signal("KILL");
      dump.awaitExit(Budget.ofSeconds(10));
    }
    assertThat(names()).contains("rings-away");
  }

  private void letCriuEnd(Victim victim) throws IOException {
    Files.createFile(scratch.resolve("go-on"));
    String id = "/proc/" + victim.pid();
    String child = Command.text(Path.of(id + "/task/" + victim.pid() + "/children")).strip();
    Budget.ofSeconds(20)
        .await(
            "criu lets both processes go",
            () -> isFree(id) && isFree("/proc/" + child),
            () -> Command.text(Path.of("/proc/" + child + "/status")));
  }

  private static boolean isFree(String process) {
    return Command.text(Path.of(process + "/status")).contains("TracerPid:\t0\n");
  }

  private void recoversUnharmed(Victim victim) throws IOException {
    Command.Outcome outcome = recover();
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    assertThat(outcome.output()).contains("has its 1 io_uring instances again and goes on");
    assertThat(names()).doesNotContain("rings-away");
    victim.go();
    victim.awaitUnharmed(Budget.ofSeconds(30));
  }

  private Command.Outcome recover() {
    return OwnCommand.run("dump", "--recover", "-D", images.toString());
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(images)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
