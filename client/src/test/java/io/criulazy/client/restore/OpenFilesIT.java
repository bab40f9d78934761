package io.criulazy.client.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.dump.DumpRequest;
import io.criulazy.client.dump.NativeDump;
import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Stranger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes with open files of all kinds, dumped and restored, find them as they had them. */
@Needs({Requirement.KERNEL, Requirement.GCC, Requirement.CRIU})
class OpenFilesIT {
  private static final int OWN_PID = 7;
  private static final String LOCKS = "--file-locks";

  @TempDir Path directory;

  @Test
  void criuDumpsAndWeRestore() throws Exception {
    // No sockets of the internet: criu 4.1.1 can't dump them on kernels from 6.16 on.
    findThemAgain(
        Direction.CRIU_TO_US,
        "regular",
        "locks",
        "memory",
        "pipes",
        "fifos",
        "events",
        "timers",
        "polls",
        "watches",
        "owners",
        "unix",
        "root",
        "shared");
  }

  @Test
  void weDumpAndRestore() throws Exception {
    findThemAgain(Direction.US_TO_US, ours("semaphores"));
  }

  @Test
  void weDumpAndCriuRestores() throws Exception {
    findThemAgain(Direction.US_TO_CRIU, ours());
  }

  private void findThemAgain(Direction direction, String... kinds) throws Exception {
    try (Stranger victim = start(kinds)) {
      Path images = RoundTrip.images(directory);
      direction.dump(victim.pid(), images, LOCKS);
      victim.awaitGone();
      direction.restore(victim.pid(), images, false, victim::finishUnharmed, LOCKS);
    }
  }

  private static String[] ours(String... more) {
    List<String> kinds = new ArrayList<>(List.of(more));
    Collections.addAll(
        kinds, "regular", "locks", "memory", "pipes", "fifos", "events", "timers", "polls",
        "watches", "unix", "inet", "owners", "root", "shared");
    return kinds.toArray(String[]::new);
  }

  private Stranger start(String... kinds) {
    return Stranger.start(directory, "files", kinds);
  }

  @Test
  void pipesToOthersAreTheCallersByRule() throws Exception {
    try (Stranger victim = Stranger.startBetweenPipes(directory, "files", "streams");
        OwnPipe input = OwnPipe.make();
        OwnPipe output = OwnPipe.make()) {
      String in = input.readEnd() + "]:" + link(victim, 0);
      String out = output.writeEnd() + "]:" + link(victim, 1);
      Path images = dump(victim);
      List<String> rules = List.of("--inherit-fd", "fd[" + in, "--inherit-fd", "fd[" + out);
      RestoreRequest request =
          new RestoreRequest(
              images, images, false, images.resolve("log"), 2, rules, Caller.self(false));
      NativeRestore engine = new NativeRestore();
      assertThat(engine.refusals(request)).isEmpty();
      try (Reaper reaper = new Reaper(engine.restore(request))) {
        assertThat(reaper.pid()).isEqualTo(victim.pid());
        input.write("in");
        victim.finishUnharmed();
        assertThat(output.read(3)).isEqualTo("out");
      }
    }
  }

  private static String link(Stranger victim, int fd) throws Exception {
    return Files.readSymbolicLink(Path.of("/proc/" + victim.pid() + "/fd/" + fd)).toString();
  }

  @Test
  @Needs(Requirement.DISTRIBUTION)
  void standardStreamsToOthersAreTheCallersOwn() throws Exception {
    String restore = "printf in | \"$0\" restore --engine native -d -D \"$1\" > out";
    String program = Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString();
    try (Stranger victim = Stranger.startBetweenPipes(directory, "files", "streams")) {
      List<String> command = List.of("sh", "-c", restore, program, dump(victim).toString());
      Command.Outcome outcome = Command.run(directory, Budget.ofSeconds(60), Map.of(), command);
      assertThat(outcome.exitCode()).as(outcome.output()).isZero();
      victim.finishUnharmed();
      assertThat(directory.resolve("out")).content().endsWith("out");
    }
  }

  @Test
  void allThatIsNotRestoredIsRefusedAtOnceAndByName() throws Exception {
    try (Stranger victim = start("refused")) {
      Path images = dumpWithCriu(victim);
      int pid = (int) victim.verdict().own(OWN_PID);
      assertThat(new NativeRestore().refusals(request(images)))
          .contains(
              "fd 11 of task %d is %s, which was removed or renamed when it was dumped"
                  .formatted(pid, directory.resolve("gone")),
              "fd 13 of task %d is a unix socket that holds passed descriptors".formatted(pid),
              "fd 14 of task %d is of a kind that this engine does not restore: netlinksk"
                  .formatted(pid));
    }
  }

  private Path dumpWithCriu(Stranger victim) throws Exception {
    Path images = RoundTrip.images(directory);
    CriuRun.tryDump(victim.pid(), images).mustSucceed();
    victim.awaitGone();
    return images;
  }

  private Path dump(Stranger victim) throws Exception {
    Path images = RoundTrip.images(directory);
    DumpRequest request =
        new DumpRequest(victim.pid(), images, false, images.resolve("dump.log"), 4, List.of());
    NativeDump engine = new NativeDump();
    assertThat(engine.refusals(request)).isEmpty();
    engine.dump(request);
    victim.awaitGone();
    return images;
  }

  private static RestoreRequest request(Path images) {
    return new RestoreRequest(
        images, images, false, images.resolve("restore.log"), 2, List.of(), Caller.self(false));
  }
}
