package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CProgram;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.OwnCommand;
import io.criulazy.client.testing.PageServerProcess;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code dump} and {@code restore} with our own engine: when it is taken, and what goes with it.
 */
@Needs({Requirement.KERNEL, Requirement.GCC, Requirement.CRIU, Requirement.DISTRIBUTION})
class NativeCommandsIT {
  @TempDir Path scratch;
  private Path images;

  @BeforeEach
  void makeImages() {
    images = RoundTrip.images(scratch);
  }

  @ParameterizedTest
  @Needs(Requirement.LIBURING)
  @ValueSource(strings = {"native", "criu"})
  void ringsComeBackLazily(String dumpEngine) {
    try (Victim victim = Victim.start(scratch, CProgram.build("uring-echo", "uring"))) {
      dump(victim, "--engine", dumpEngine);
      victim.go();
      assertThat(restore("--engine", "native")).contains("\"processes_with_io_uring\":1");
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  @Test
  void pagesComeFromAPageServer() throws IOException {
    Path copy = Files.createDirectory(scratch.resolve("copy"));
    try (Victim victim = Victim.start(scratch, "tree", "procs=4", "kib=4096")) {
      dump(victim, "--engine", "native");
      copyImages(copy);
      try (PageServerProcess server =
          PageServerProcess.start(scratch.resolve("server"), copy, "--lazy-pages", "-v4")) {
        victim.go();
        List<String> more = new ArrayList<>(List.of("--engine", "native", "-v3"));
        more.addAll(List.of(server.clientOptions()));
        restore(more.toArray(String[]::new));
        victim.awaitUnharmed(Budget.ofSeconds(30));
        Path log = images.resolve("lazy-pages.log");
        Budget.ofSeconds(20)
            .await("all is in place", () -> read(log).contains("-> COMPLETE"), () -> read(log));
        assertThat(server.output()).contains(": connected");
      }
    }
  }

  private void copyImages(Path copy) throws IOException {
    try (Stream<Path> files = Files.list(images)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
  }

  @Test
  void itIsTakenWhereItCoversAllAndCriuWhereNot() {
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      assertThat(dump(victim, "--json"))
          .contains("\"engine\":\"native\"", "\"engine_reason\":\"it covers all of it\"");
      victim.go();
      assertThat(restore("--tcp-established"))
          .contains(
              "\"engine\":\"criu\"",
              "\"engine_reason\":\"the engine native can't do it: it does not know the option"
                  + " --tcp-established\"");
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  @Test
  void aDumpSaysWhyItTakesCriu() {
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      assertThat(dump(victim, "--json", "--tcp-established"))
          .contains("\"engine\":\"criu\"", "native can't do it: ", "option --tcp-established");
      victim.go();
      assertThat(restore()).contains("\"engine\":\"native\"");
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  private String dump(Victim victim, String... more) {
    String said = run("dump -t " + victim.pid(), more);
    victim.awaitGone();
    return said;
  }

  private String restore(String... more) {
    return run("restore --lazy-pages -d --json", more);
  }

  private String run(String command, String... more) {
    List<String> words = new ArrayList<>(List.of(command.split(" ")));
    words.addAll(List.of("-D", images.toString()));
    words.addAll(List.of(more));
    return OwnCommand.mustRun(words.toArray(String[]::new));
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
