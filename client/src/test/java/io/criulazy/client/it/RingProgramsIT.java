package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CProgram;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.CriuRun;
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
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Programs that others wrote and that use io_uring or AIO: dumped in the middle of their work,
 * restored lazily, and nothing is wrong with what they do afterwards. criu alone refuses those with
 * io_uring.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.DISTRIBUTION})
class RingProgramsIT {
  private static final String IO_URING = "anon_inode:[io_uring]";

  private static final int MOST_TIMES = 64;

  private static final int FAILED_DUMPS =
      Integer.parseInt(System.getenv().getOrDefault("CRIU_LAZY_FAILED_DUMPS", "2"));

  @TempDir Path scratch;
  private Path images;

  @BeforeEach
  void makeImages() {
    images = RoundTrip.images(scratch);
  }

  /** With all combinations when all rings are asked for. */
  static Stream<String> fioOptions() {
    Stream<String> all =
        Stream.of(
            "--sqthread_poll=1",
            "--fixedbufs --registerfiles",
            "",
            "--fixedbufs",
            "--registerfiles",
            "--sqthread_poll=1 --fixedbufs",
            "--sqthread_poll=1 --registerfiles",
            "--sqthread_poll=1 --fixedbufs --registerfiles");
    return all.limit(Boolean.getBoolean("criu-lazy.it.all-rings") ? Long.MAX_VALUE : 2);
  }

  @ParameterizedTest
  @Needs(Requirement.FIO)
  @MethodSource("fioOptions")
  void fioFindsAllThatItHasWrittenThroughAnIoUring(String options) throws Exception {
    try (RunningProgram fio =
        dumpInTheMiddle(
            times -> fio(times, "--ioengine=io_uring " + options),
            program -> {
              awaitRing(program);
              pause(); // requests are under way
              criuRefuses(program);
            })) {
      assertThat(images.resolve("io-uring-" + fio.pid() + ".img")).exists();
      restoreToItsEnd("--lazy-pages");
      assertThat(fio.output()).contains("err= 0");
    }
  }

  @Test
  @Needs(Requirement.FIO)
  void fioFindsAllThatItHasWrittenThroughAio() throws Exception {
    try (RunningProgram fio =
        dumpInTheMiddle(
            times -> fio(times, "--ioengine=libaio --direct=1"),
            program -> {
              Budget.ofSeconds(20)
                  .await("fio writes", () -> maps(program).contains("[aio]"), program::output);
              pause();
            })) {
      restoreToItsEnd("--lazy-pages");
      assertThat(fio.output()).contains("err= 0");
    }
  }

  /** In an IPC namespace: criu dumps SysV shared memory only there. */
  private RunningProgram fio(int times, String options) {
    String words =
        "setsid unshare --ipc fio --thread --name=verified --filename="
            + scratch.resolve("data")
            + " --size="
            + 12 * times
            + "m --rw=randwrite --bs=4k --iodepth=16 --rate_iops=1000"
            + " --verify=crc32c --verify_fatal=1 --do_verify=1 --disk_util=0 --eta=never "
            + options;
    return RunningProgram.start(
        scratch.resolve("fio.out"), Map.of(), List.of(words.trim().split(" +")));
  }

  @Test
  @Needs(Requirement.NODE)
  void nodeGoesOnWithItsFilesAndTimers() throws Exception {
    try (RunningProgram node =
        dumpInTheMiddle(
            this::node,
            program -> {
              Budget.ofSeconds(30)
                  .await(
                      "node works", () -> program.output().contains("round 50"), program::output);
              awaitRing(program);
              criuRefuses(program);
            })) {
      restoreToItsEnd("--lazy-pages");
      assertThat(node.output()).containsPattern("done \\d+ bad 0");
    }
  }

  private RunningProgram node(int times) {
    List<String> argv = new ArrayList<>(List.of("setsid", "node"));
    argv.add(Path.of("src/test/node/files-and-timers.js").toAbsolutePath().toString());
    argv.addAll(List.of(scratch.resolve("data").toString(), "" + 300 * times));
    return RunningProgram.start(scratch.resolve("node.out"), Map.of("UV_USE_IO_URING", "1"), argv);
  }

  private interface Preparation {
    void untilItWorks(RunningProgram program) throws Exception;
  }

  /** A machine that is slow may let it end first: then it is given more to do. */
  private RunningProgram dumpInTheMiddle(IntFunction<RunningProgram> start, Preparation preparation)
      throws Exception {
    for (int times = 1; ; times *= 4) {
      RunningProgram program = start.apply(times);
      try {
        preparation.untilItWorks(program);
        dump(program);
        return program;
      } catch (AssertionError e) {
        program.close();
        if (times >= MOST_TIMES || program.awaitExit(Budget.ofSeconds(1)) != 0) {
          throw e;
        }
      }
    }
  }

  private static void pause() throws InterruptedException {
    Thread.sleep(300);
  }

  @Test
  @Needs({Requirement.GCC, Requirement.LIBURING})
  void aProgramOnLiburingGoesOnEchoing() {
    try (Victim victim = Victim.start(scratch, CProgram.build("uring-echo", "uring"))) {
      assertThat(CriuRun.tryDump(victim, images).log()).contains(IO_URING);
      OwnCommand.mustRun("dump", "-t", "" + victim.pid(), "-D", images.toString());
      victim.awaitGone();
      victim.go();
      OwnCommand.mustRun("restore", "-D", images.toString(), "--lazy-pages", "-d");
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  @Test
  @Needs({Requirement.GCC, Requirement.LIBURING})
  void whoIsLeftRunningHasItsRingsAgain() {
    try (Victim victim = Victim.start(scratch, CProgram.build("uring-echo", "uring"))) {
      OwnCommand.mustRun(
          "dump", "-t", "" + victim.pid(), "-D", images.toString(), "--leave-running");
      victim.go();
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  /**
   * It echoes on all the while; CRIU_LAZY_FAILED_DUMPS sets how often, by default for every day.
   */
  @Test
  @Needs({Requirement.GCC, Requirement.LIBURING})
  void whoseDumpFailsHasItsRingsAgain() throws Exception {
    Path script = scratch.resolve("fails");
    Files.writeString(script, "#!/bin/sh\n[ \"$CRTOOLS_SCRIPT_ACTION\" != post-dump ]\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    try (Victim victim = Victim.start(scratch, CProgram.build("uring-echo", "uring"))) {
      for (int i = 0; i < FAILED_DUMPS; i++) {
        Path directory = Files.createDirectory(scratch.resolve("failed" + i));
        String words = "dump --engine criu -t %d -D %s -- --action-script %s";
        Command.Outcome dump =
            OwnCommand.run(words.formatted(victim.pid(), directory, script).split(" "));
        assertThat(dump.exitCode()).as(dump.output()).isEqualTo(1);
        assertThat(dump.output()).contains("cannot dump process " + victim.pid());
        assertThat(directory.toFile().list((dir, name) -> name.startsWith("io-uring"))).isEmpty();
        long checks = victim.verdict().checks();
        Budget.ofSeconds(10)
            .await("it goes on", () -> victim.verdict().checks() > checks, dump::output);
      }
      victim.go();
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  private static void awaitRing(RunningProgram program) {
    Budget.ofSeconds(20).await("it has an io_uring", () -> hasRing(program.pid()), program::output);
  }

  private static boolean hasRing(long pid) {
    try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return files.anyMatch(RingProgramsIT::isRing);
    } catch (IOException e) {
      return false; // it changes right now
    }
  }

  private static boolean isRing(Path file) {
    try {
      return Files.readSymbolicLink(file).toString().equals(IO_URING);
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  private static String maps(RunningProgram program) {
    try {
      return String.join("\n", Files.readAllLines(Path.of("/proc/" + program.pid() + "/maps")));
    } catch (IOException e) {
      throw new AssertionError(program.output(), e);
    }
  }

  private void criuRefuses(RunningProgram program) throws IOException {
    Path other = Files.createTempDirectory(scratch, "criu");
    CriuRun criu = CriuRun.tryDump(program.pid(), other);
    assertThat(criu.exitCode()).isNotZero();
    assertThat(criu.log()).contains(IO_URING);
  }

  private void dump(RunningProgram program) {
    OwnCommand.mustRun("dump", "-t", "" + program.pid(), "-D", images.toString(), "--engine=criu");
    assertThat(program.awaitExit(Budget.ofSeconds(10))).as("killed by criu").isEqualTo(137);
  }

  /** Its output goes where it went before; its exit code is that of the command. */
  private void restoreToItsEnd(String option) {
    OwnCommand.mustRun("restore", "-D", images.toString(), "--engine=criu", option);
  }
}
