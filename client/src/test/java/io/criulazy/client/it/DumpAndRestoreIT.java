package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.OwnCommand;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.RunningProgram;
import io.criulazy.client.testing.TemporaryDisk;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code criu-lazy dump} and {@code criu-lazy restore} with the criu engine. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class DumpAndRestoreIT {
  @TempDir Path scratch;
  private Path images;

  @BeforeEach
  void makeImages() {
    images = RoundTrip.images(scratch);
  }

  @Test
  void aProcessComesBackWhole() {
    try (Victim victim = Victim.start(scratch, "pages", "mib=64")) {
      assertThat(dump(victim, "--json")).contains("\"engine\":\"criu\"", "\"left_running\":false");
      victim.go();
      assertThat(restore("-d --json")).contains("\"pid\":" + victim.pid(), "\"lazy\":false");
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  @Test
  void aTreeComesBackLazilyAndItsPagesAreServedInTheBackground() throws IOException {
    try (Victim victim = Victim.start(scratch, "tree", "kib=4096")) {
      dump(victim);
      victim.go();
      restore("-d --lazy-pages --pidfile root.pid -v3");
      victim.awaitUnharmed(Budget.ofSeconds(30));
      assertThat(images.resolve("root.pid")).hasContent(Long.toString(victim.pid()));
      Path log = images.resolve("lazy-pages.log");
      Budget.ofSeconds(20)
          .await("all is in place", () -> read(log).contains("-> COMPLETE"), () -> read(log));
    }
  }

  @Test
  void aDumpLeavesAProcessRunningWhenAskedTo() {
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      run("dump", "-t " + victim.pid() + " --leave-running");
      assertThat(images.resolve("inventory.img")).exists();
      victim.go();
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  @Test
  void aDumpThatFailsLeavesTheProcessRunning() {
    try (TemporaryDisk disk = TemporaryDisk.mount(images, 8);
        Victim victim = Victim.start(scratch, "pages", "mib=32")) {
      Command.Outcome dump = OwnCommand.run(line("dump", "-t " + victim.pid()));
      assertThat(dump.exitCode()).as(dump.output()).isEqualTo(1);
      assertThat(dump.output())
          .contains("cannot dump process " + victim.pid(), disk.path() + "/dump.log");
      victim.go();
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  @Test
  void theForegroundEndsWithTheProcessAndItsExitCode() {
    try (Victim victim = Victim.start(scratch, "pages", "mib=64", "exit=7")) {
      dump(victim);
      victim.go();
      assertThat(OwnCommand.run(line("restore", "--lazy-pages")).exitCode()).isEqualTo(7);
      victim.awaitGone();
      victim.verdict().mustBeClean();
    }
  }

  @Test
  void theForegroundHandsTheRequestToEndOn() {
    try (Victim victim = Victim.start(scratch, "pages", "mib=64")) {
      dump(victim);
      try (RunningProgram restore = inForeground(victim)) {
        restore.signal("TERM");
        assertThat(restore.awaitExit(Budget.ofSeconds(20))).isEqualTo(143);
        victim.awaitGone();
      }
    }
  }

  @Test
  void theForegroundTellsWhichSignalHasKilledTheProcess() {
    try (Victim victim = Victim.start(scratch, "pages", "mib=64")) {
      dump(victim);
      try (RunningProgram restore = inForeground(victim)) {
        victim.signal("KILL");
        assertThat(restore.awaitExit(Budget.ofSeconds(20))).isEqualTo(137);
      }
    }
  }

  private RunningProgram inForeground(Victim victim) {
    RunningProgram restore =
        OwnCommand.start(scratch.resolve("out"), line("restore", "--lazy-pages --json"));
    restore.awaitUp("it runs", Budget.ofSeconds(20), () -> restore.output().contains("\"pid\""));
    assertThat(victim.isAlive()).isTrue();
    return restore;
  }

  @Test
  void aRestoreWhoseServingIsKilledIsResumed() {
    try (Victim victim = Victim.start(scratch, "pages", "mib=512", "touches=20000")) {
      dump(victim);
      RunningProgram restore =
          OwnCommand.start(scratch.resolve("out"), line("restore", "-d --lazy-pages -v3"));
      Path log = images.resolve("lazy-pages.log");
      Budget.ofSeconds(20)
          .await("criu has come", () -> read(log).contains("-> FILLING"), restore::output);
      restore.mustEndWell(Budget.ofSeconds(20));
      serving().ifPresent(ProcessHandle::destroyForcibly);
      restore.close();
      assertThat(images.resolve("criu-lazy.journal")).exists();
      victim.go();
      try (LazyDaemon resumed = LazyDaemon.launch(scratch, images, "--resume")) {
        RoundTrip.verify(victim, resumed, 30);
      }
    }
  }

  /** The background process that serves the images. */
  private Optional<ProcessHandle> serving() {
    return ProcessHandle.allProcesses()
        .filter(process -> commandLine(process).contains("CriuLazy\0restore\0-D\0" + images))
        .findFirst();
  }

  private static String commandLine(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  @Test
  void aProcessThatWasStoppedComesUpStopped() {
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      victim.signal("STOP");
      dump(victim);
      restore("-d --lazy-pages");
      assertThat(victim.isStopped()).isTrue();
      victim.signal("CONT");
      victim.go();
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  @Test
  void whatCannotBeIsRefusedBeforeAnythingIsTouched() {
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      refuses("/nowhere: there is none", "dump", "-D /nowhere -t " + victim.pid());
      refuses("4194305: there is none", "dump", "-t 4194305");
      refuses("no inventory.img", "restore", "");
      refuses("--tree has to stand in front", "dump", "-t 1 -- --tree 2");
      refuses("'word' is one word too many", "restore", "word");
      refuses("name it with --criu", "dump", "--criu /nowhere/criu -t " + victim.pid());
      run("dump", "--leave-running -t " + victim.pid());
      refuses("it has images", "dump", "-t " + victim.pid());
      refuses("that pid is in use", "restore", "-d --lazy-pages");
      victim.go();
      victim.awaitUnharmed(Budget.ofSeconds(30));
      assertThat(serving()).isEmpty();
    }
  }

  @Test
  void aRestoreThatFailsLeavesNothing() throws IOException {
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      dump(victim);
      Files.delete(victim.verdict().file());
      refuses("Error (criu/files-reg.c", "restore", "-d --lazy-pages");
      refuses("Error (criu/files-reg.c", "restore", "--lazy-pages");
      victim.awaitGone();
      Budget.ofSeconds(10).await("nobody serves", () -> serving().isEmpty(), () -> "");
    }
  }

  private void refuses(String why, String command, String more) {
    Command.Outcome outcome = OwnCommand.run(line(command, more));
    assertThat(outcome.output()).contains(why);
    assertThat(outcome.exitCode()).isEqualTo(1);
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String restore(String more) {
    return run("restore", more);
  }

  private String dump(Victim victim, String... options) {
    String said = run("dump", "-t " + victim.pid() + " " + String.join(" ", options));
    victim.awaitGone();
    return said;
  }

  private String run(String command, String more) {
    return OwnCommand.mustRun(line(command, more));
  }

  private String[] line(String command, String more) {
    String directory = more.contains("-D ") ? "" : " -D " + images;
    return (command + directory + " --engine criu " + more).trim().split(" +");
  }
}
