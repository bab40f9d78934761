package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The built distribution as scripts for criu use it. */
@Needs({Requirement.DISTRIBUTION, Requirement.KERNEL})
@Timeout(60)
class CommandLineIT {

  private static final Path DISTRIBUTION = Requirement.DISTRIBUTION.path().toAbsolutePath();
  private static final Path IMAGES = DISTRIBUTION.resolve("lib/training");

  @TempDir private Path work;

  /** What a run of the command left. */
  private record Ran(int code, String out, String err) {}

  @Test
  void tellsItsVersionInAnyPlaceAndExitsWithZero() throws Exception {
    Ran ran = run("criu-lazy --version");
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).matches("criu-lazy \\S+ \\(commit \\S+\\)\n");
    assertThat(run("criu-lazy lazy-pages -V").out()).isEqualTo(ran.out());
    assertThat(run("criu-lazy -V -v").out()).contains("\nkernel ", "\nJDK ");
  }

  @Test
  void takesTheJdkOfJavaHome() throws Exception {
    String home = System.getProperty("java.home");
    assertThat(run("criu-lazy -V -v", Map.of("JAVA_HOME", home)).out())
        .endsWith(" in " + home + "\n");
    assertThat(run("criu-lazy --version", Map.of("JAVA_HOME", "/nonexistent")).code()).isZero();
  }

  @Test
  void worksThroughASymbolicLinkAndFromAnyDirectory() throws Exception {
    Files.createSymbolicLink(work.resolve("cl"), DISTRIBUTION.resolve("bin/criu-lazy"));
    assertThat(run("cd /; " + work + "/cl --version").code()).isZero();
  }

  @Test
  void answersAWrongCommandLineWithOneLineAndCriusExitCode() throws Exception {
    for (String wrong :
        new String[] {
          "", "bogus", "lazy-pages --bogus", "lazy-pages -D", "-v4", "lazy-pages x", "-D lazy-pages"
        }) {
      Ran ran = run("criu-lazy " + wrong);
      assertThat(ran.code()).as(wrong).isEqualTo(1);
      assertThat(ran.err().strip().lines().reduce((a, b) -> b).orElse(""))
          .as(wrong)
          .startsWith("criu-lazy: ");
      assertThat(ran.err()).as(wrong).doesNotContain("\tat ");
    }
  }

  @Test
  void saysWhatIsWrongWithTheImages() throws Exception {
    Ran ran = run("criu-lazy lazy-pages -D " + work);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).startsWith("criu-lazy: " + work + "/").hasLineCount(1);
    assertThat(run("criu-lazy lazy-pages -D /no/such").err())
        .isEqualTo(
            "criu-lazy: cannot open the directory /no/such: there is none."
                + " Give the right one with -D.\n");
  }

  @Test
  void reportsReadinessOnTheStatusDescriptorAndEndsOnSigterm() throws Exception {
    Ran ran =
        run(
            "mkfifo ready; criu-lazy lazy-pages -D "
                + IMAGES
                + " -W . --status-fd 7 -o log -v4 7> ready & daemon=$!;"
                + " head -c 1 ready | od -An -tx1; test -S lazy-pages.socket && echo listens;"
                + " kill -TERM $daemon; wait $daemon; echo code $?");
    assertThat(ran.out().lines().map(String::strip)).containsSubsequence("00", "listens");
    assertThat(ran.out()).doesNotContain("code 0");
    assertThat(Files.readString(work.resolve("log"))).startsWith("(00.").contains("criu-lazy ");
  }

  @Test
  void goesToTheBackgroundWhenItIsReady() throws Exception {
    String start = "criu-lazy -D " + IMAGES + " -W . -d --pidfile pid -o log lazy-pages";
    Ran ran = run(start + " && test -S lazy-pages.socket && cat pid");
    assertThat(ran.code()).as(ran.err()).isZero();
    ProcessHandle daemon = ProcessHandle.of(Long.parseLong(ran.out())).orElseThrow();
    try {
      assertThat(daemon.isAlive()).isTrue();
      assertThat(sessionOf(daemon.pid())).isEqualTo(daemon.pid());
      assertThat(Files.readSymbolicLink(Path.of("/proc/" + daemon.pid() + "/fd/0")))
          .isEqualTo(Path.of("/dev/null"));
      Ran second = run(start.replace("-W .", "-W " + Files.createDirectory(work.resolve("w"))));
      assertThat(second.code()).isZero();
      ProcessHandle.of(Long.parseLong(Files.readString(work.resolve("w/pid"))))
          .orElseThrow()
          .destroy();
    } finally {
      daemon.destroy();
      daemon.onExit().get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void doesNotHoldTheOutputOfItsCallerOpen() throws Exception {
    Ran ran =
        run(
            "output=$(timeout 30 criu-lazy lazy-pages -D "
                + IMAGES
                + " -W . -d --pidfile pid -o log 2>&1) && kill -0 $(cat pid) && echo runs on;"
                + " kill $(cat pid)");
    assertThat(ran.out()).isEqualTo("runs on\n");
  }

  @Test
  void failsInTheForegroundWhenTheDaemonCanNotStart() throws Exception {
    Ran ran = run("criu-lazy lazy-pages -D " + work + " -d --pidfile pid");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains(work + "/");
    assertThat(work.resolve("pid")).doesNotExist();

    Files.writeString(work.resolve("pid"), "1");
    ran = run("criu-lazy lazy-pages -D " + IMAGES + " -W . -d --pidfile pid");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("cannot write the pidfile " + work + "/pid: it exists");
  }

  @Test
  void checksTheHost() throws Exception {
    Ran ran = run("criu-lazy check");
    assertThat(ran.code()).as(ran.out()).isZero();
    assertThat(ran.out()).contains("ok       userfaultfd  ").contains("Lazy restore works");
    assertThat(run("criu-lazy check --json").out())
        .startsWith("{\"works\":true,\"findings\":[\n")
        .contains("\"name\":\"CAP_SYS_PTRACE\",\"state\":\"ok\"");
  }

  @Test
  void saysWhichRightsAreMissing() throws Exception {
    Ran ran = run("setpriv --bounding-set -all --inh-caps -all --reuid 65534 criu-lazy check");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).contains("MISSING  userfaultfd", "MISSING  CAP_SYS_PTRACE");
  }

  private static long sessionOf(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[3]);
  }

  private Ran run(String script) throws Exception {
    return run(script, Map.of());
  }

  private Ran run(String script, Map<String, String> environment) throws Exception {
    Path out = Files.createTempFile(work, "out", "");
    Path err = Files.createTempFile(work, "err", "");
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", script).directory(work.toFile());
    builder.environment().put("PATH", DISTRIBUTION + "/bin:" + System.getenv("PATH"));
    builder.environment().putAll(environment);
    int code =
        builder
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .start()
            .waitFor();
    Ran ran =
        new Ran(
            code,
            Files.readString(out, StandardCharsets.UTF_8),
            Files.readString(err, StandardCharsets.UTF_8));
    Files.delete(out);
    Files.delete(err);
    return ran;
  }
}
