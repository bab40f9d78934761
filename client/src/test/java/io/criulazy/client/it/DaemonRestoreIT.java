package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.OwnCommand;
import io.criulazy.client.testing.PageServerProcess;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.ResidentDaemonRig;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.RunningProgram;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The resident daemon makes the processes itself, for the command and for whoever asks it. */
@Needs({Requirement.KERNEL, Requirement.GCC, Requirement.CRIU, Requirement.DISTRIBUTION})
class DaemonRestoreIT {
  /** What a JVM maps for itself now and then: stacks, code. */
  private static final int OWN_MAPPINGS = 12;

  private static final int ROUNDS = Integer.getInteger("criu-lazy.it.native-restores", 8);
  private static final int WARM_UP_ROUNDS = 4;
  private static final long MIB = 1 << 20;

  @TempDir Path scratch;

  private Path images;
  private ResidentDaemonRig daemon;

  @BeforeEach
  void start() {
    images = RoundTrip.images(scratch);
    daemon = ResidentDaemonRig.start(scratch);
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  @Test
  void aRequestAloneRestoresAndTheProcessIsNobodysChild() throws IOException {
    try (Victim victim = Victim.start(scratch, "tree", "procs=5", "threads=4")) {
      CriuRun.dump(victim, images);
      victim.go();
      assertThat(ask("{}").output())
          .contains("\"pid\":" + victim.pid() + ",\"processes_with_io_uring\":0");
      assertThat(parent(victim.pid())).isNotEqualTo(daemon.pid());
      victim.awaitUnharmed(Budget.ofSeconds(30));
      daemon.awaitComplete(1, Budget.ofSeconds(20));
    }
  }

  @Test
  void aRequestAloneRestoresWithThePagesOfAPageServer() throws IOException {
    try (Victim victim = Victim.start(scratch, "tree", "procs=5", "threads=4")) {
      CriuRun.dump(victim, images);
      victim.go();
      restoreFromPageServer(victim);
    }
  }

  private void restoreFromPageServer(Victim victim) {
    try (PageServerProcess server =
        PageServerProcess.start(scratch.resolve("server"), images, "--lazy-pages", "-v4")) {
      String more = ", \"page_server\": {\"addresses\": [\"127.0.0.1:%d\"]}";
      Command.Outcome outcome = ask(List.of(), "{}" + more.formatted(server.port()));
      assertThat(outcome.output()).contains("\"pid\":" + victim.pid());
      victim.awaitUnharmed(Budget.ofSeconds(30));
      daemon.awaitComplete(1, Budget.ofSeconds(20));
      assertThat(server.output()).contains(": connected");
    }
  }

  @Test
  void theCommandHasItDoneAndStaysTheParent() throws IOException {
    try (Victim victim = Victim.start(scratch, "pages", "mib=64", "exit=7")) {
      CriuRun.dump(victim, images);
      Path out = scratch.resolve("out");
      try (RunningProgram restore = OwnCommand.start(out, command("--json"))) {
        restore.awaitUp("it runs", Budget.ofSeconds(20), () -> restore.output().contains("pid"));
        assertThat(restore.output())
            .contains("\"engine\":\"native\"", "done by the daemon", "\"pid\":" + victim.pid());
        assertThat(parent(victim.pid())).isEqualTo(restore.pid());
        assertThat(cgroup(victim.pid())).isEqualTo(cgroup(restore.pid()));
        victim.go();
        assertThat(restore.awaitExit(Budget.ofSeconds(30))).isEqualTo(7);
      }
      victim.verdict().mustBeClean();
    }
  }

  @Test
  void whatItsEngineDoesNotCoverTheCommandDoesWithCriu() throws IOException {
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      CriuRun.dump(victim, images);
      Command.Outcome refused = ask("{\"options\": [\"--tcp-established\"]}");
      assertThat(refused.output()).contains("it does not know the option --tcp-established");
      assertThat(OwnCommand.run(command("--engine", "native", "--tcp-established")).output())
          .contains("it does not know the option --tcp-established");
      victim.go();
      assertThat(OwnCommand.mustRun(command("-d", "--json", "--tcp-established")))
          .contains("\"engine\":\"criu\"");
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  @Test
  void callersThatSeeAnotherWorldAreRefusedAndNothingIsLeft() throws IOException {
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      CriuRun.dump(victim, images);
      assertThat(ask(List.of("unshare", "--mount"), "{}").output())
          .contains("is in another mnt namespace than the daemon");
      assertThat(ask("{\"husk\": 1}").output()).contains("process 1 is no child of the caller");
      assertThat(ask("{\"detached\": false}").output()).contains("has to give a husk");
      assertThat(ask("{\"options\": 1}").output()).contains("restore.options is no array");
      Files.delete(victim.verdict().file());
      assertThat(ask("{}").output()).contains(victim.verdict().file().toString());
      assertThat(daemon.report().restores()).allMatch(each -> each.state().equals("cancelled"));
      assertThat(Files.exists(Path.of("/proc/" + victim.pid()))).isFalse();
    }
  }

  @Test
  void manyInARowLeaveNothingInTheDaemon() throws IOException {
    try (Victim victim = Victim.start(scratch, "state", "threads=4", "wipe-on-fork=0")) {
      CriuRun.dump(victim, images);
      byte[] verdict = victim.verdict().bytes();
      long files = 0;
      long threads = 0;
      long mappings = 0;
      long bytes = 0;
      for (int round = 0; round < ROUNDS; round++) {
        victim.verdict().reset(verdict);
        victim.go();
        assertThat(ask("{}").output()).contains("\"pid\":" + victim.pid());
        victim.awaitUnharmed(Budget.ofSeconds(30));
        victim.killAll();
        daemon.awaitComplete(Math.min(round + 1, 200), Budget.ofSeconds(20));
        if (round == WARM_UP_ROUNDS) {
          files = daemon.openFiles();
          threads = daemon.threads();
          mappings = mappings();
          bytes = daemon.anonymousBytes();
        }
      }
      daemon.awaitOpenFiles(files, Budget.ofSeconds(10));
      assertThat(daemon.threads()).as("threads").isLessThanOrEqualTo(threads);
      assertThat(mappings())
          .as("mappings")
          .isLessThanOrEqualTo(mappings + Math.max(OWN_MAPPINGS, ROUNDS / 4));
      assertThat(daemon.anonymousBytes()).as("memory").isLessThan(bytes + 32 * MIB);
      assertThat(ProcessHandle.of(daemon.pid()).orElseThrow().children())
          .as("the keeper")
          .hasSize(1);
    }
  }

  private long mappings() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/maps")).size();
  }

  private String[] command(String... more) {
    List<String> words = new ArrayList<>(List.of("restore", "-D", images.toString()));
    words.addAll(List.of("--lazy-pages", "--control", control()));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  private String control() {
    return scratch.resolve("control.sock").toString();
  }

  private Command.Outcome ask(String restore) {
    return ask(List.of(), restore);
  }

  private Command.Outcome ask(List<String> prefix, String restore) {
    List<String> argv = new ArrayList<>(prefix);
    String body = "{\"images_dir\": \"%s\", \"restore\": %s}".formatted(images, restore);
    argv.addAll(List.of("curl", "-sS", "--unix-socket", control(), "http://d/v1/restores"));
    argv.addAll(List.of("-d", body));
    return Command.run(scratch, Budget.ofSeconds(20), Map.of(), argv);
  }

  private static long parent(long pid) throws IOException {
    String stat = Files.readAllLines(Path.of("/proc/" + pid + "/stat")).get(0);
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[1]);
  }

  private static String cgroup(long pid) throws IOException {
    return Files.readString(Path.of("/proc/" + pid + "/cgroup"));
  }
}
