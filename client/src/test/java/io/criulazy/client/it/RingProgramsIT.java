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
import io.criulazy.client.testing.WithoutBpf;
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

  private static final String AIO = "/[aio]";
  private static final String LAZILY = "--lazy-pages";
  private static final String EAGERLY = "-v1";
  private static final boolean ALL = Boolean.getBoolean("criu-lazy.it.all-rings");

  private static final int MOST_TIMES = 64;

  private static final int FAILED_DUMPS =
      Integer.parseInt(System.getenv().getOrDefault("CRIU_LAZY_FAILED_DUMPS", "2"));

  /** Dumps where bpf(2) is refused; AIO contexts, and so the run with libaio, are refused then. */
  private static final boolean WITHOUT_BPF = Boolean.getBoolean("criu-lazy.it.without-bpf");

  @TempDir Path scratch;
  private Path images;

  @BeforeEach
  void makeImages() {
    images = RoundTrip.images(scratch);
  }

  /**
   * A run of fio. criu dumps its System V shared memory only in a namespace of its own, our engine
   * where it is.
   */
  private record Fio(String engine, String options, String restore) {
    String command() {
      return engine.equals("criu") ? "unshare --ipc fio --thread" : "fio";
    }
  }

  /** With all combinations when all rings are asked for. */
  static Stream<Fio> runsOfFio() {
    if (!ALL) {
      return Stream.of(
          new Fio("criu", "--ioengine=io_uring --sqthread_poll=1", LAZILY),
          new Fio("native", "--ioengine=io_uring --fixedbufs --registerfiles", LAZILY),
          new Fio("native", "--ioengine=libaio --direct=1", LAZILY));
    }
    return Stream.of(
            "--ioengine=libaio",
            "--ioengine=libaio --direct=1",
            "--ioengine=io_uring",
            "--ioengine=io_uring --fixedbufs",
            "--ioengine=io_uring --registerfiles",
            "--ioengine=io_uring --fixedbufs --registerfiles",
            "--ioengine=io_uring --sqthread_poll=1",
            "--ioengine=io_uring --sqthread_poll=1 --fixedbufs",
            "--ioengine=io_uring --sqthread_poll=1 --registerfiles",
            "--ioengine=io_uring --sqthread_poll=1 --fixedbufs --registerfiles")
        .flatMap(
            options ->
                Stream.of(
                    new Fio("criu", options, LAZILY),
                    new Fio("native", options, LAZILY),
                    new Fio("native", options, EAGERLY),
                    new Fio("native", options + " --thread", LAZILY)));
  }

  @ParameterizedTest
  @Needs(Requirement.FIO)
  @MethodSource("runsOfFio")
  void fioFindsAllThatItHasWritten(Fio run) throws Exception {
    boolean uring = run.options.contains("io_uring");
    try (RunningProgram fio =
        dumpInTheMiddle(
            run.engine,
            times -> fio(times, run),
            program -> {
              awaitRing(program, uring ? IO_URING : AIO);
              pause(); // requests are under way
              if (uring && run.engine.equals("criu")) {
                criuRefuses(program);
              }
            })) {
      if (uring) {
        assertThat(images.toFile().list((dir, name) -> name.startsWith("io-uring-"))).hasSize(1);
      }
      restoreToItsEnd(run.engine, run.restore);
      assertThat(fio.output()).contains("err= 0");
    }
  }

  private RunningProgram fio(int times, Fio run) {
    String words =
        "setsid "
            + run.command()
            + " --name=verified --filename="
            + scratch.resolve("data")
            + " --size="
            + 12 * times
            + "m --rw=randwrite --bs=4k --iodepth=16 --rate_iops=1000"
            + " --verify=crc32c --verify_fatal=1 --do_verify=1 --disk_util=0 --eta=never "
            + run.options;
    return RunningProgram.start(
        scratch.resolve("fio.out"), Map.of(), List.of(words.trim().split(" +")));
  }

  @Test
  @Needs(Requirement.NODE)
  void nodeGoesOnWithItsFilesAndTimers() throws Exception {
    try (RunningProgram node =
        dumpInTheMiddle(
            "criu",
            this::node,
            program -> {
              Budget.ofSeconds(30)
                  .await(
                      "node works", () -> program.output().contains("round 50"), program::output);
              awaitRing(program, IO_URING);
              criuRefuses(program);
            })) {
      restoreToItsEnd("criu", LAZILY);
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
  private RunningProgram dumpInTheMiddle(
      String engine, IntFunction<RunningProgram> start, Preparation preparation) throws Exception {
    for (int times = 1; ; times *= 4) {
      RunningProgram program = start.apply(times);
      try {
        preparation.untilItWorks(program);
        dump(engine, program);
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

  /** It or one of its children has mapped one. */
  private static void awaitRing(RunningProgram program, String name) {
    Budget.ofSeconds(20)
        .await(
            "it has a ring",
            () -> withChildren(program).anyMatch(process -> maps(process).contains(name)),
            program::output);
  }

  private static Stream<ProcessHandle> withChildren(RunningProgram program) {
    return ProcessHandle.of(program.pid()).stream()
        .flatMap(root -> Stream.concat(Stream.of(root), root.descendants()));
  }

  private static String maps(ProcessHandle process) {
    try {
      return String.join("\n", Files.readAllLines(Path.of("/proc/" + process.pid() + "/maps")));
    } catch (IOException e) {
      return ""; // it has ended meanwhile
    }
  }

  private void criuRefuses(RunningProgram program) throws IOException {
    Path other = Files.createTempDirectory(scratch, "criu");
    CriuRun criu = CriuRun.tryDump(program.pid(), other);
    assertThat(criu.exitCode()).isNotZero();
    assertThat(criu.log()).contains(IO_URING);
  }

  private void dump(String engine, RunningProgram program) {
    List<ProcessHandle> children = withChildren(program).skip(1).toList();
    String[] words = {
      "dump", "-t", "" + program.pid(), "-D", images.toString(), "--engine", engine
    };
    Command.Outcome dump = WITHOUT_BPF ? WithoutBpf.run(words) : OwnCommand.run(words);
    assertThat(dump.exitCode()).as(dump.output()).isZero();
    assertThat(program.awaitExit(Budget.ofSeconds(10))).as("killed by the dump").isEqualTo(137);
    Budget.ofSeconds(20)
        .await(
            "its children are reaped",
            () -> children.stream().noneMatch(ProcessHandle::isAlive),
            children::toString);
  }

  /** Its output goes where it went before; its exit code is that of the command. */
  private void restoreToItsEnd(String engine, String option) {
    OwnCommand.mustRun("restore", "-D", images.toString(), "--engine", engine, option);
  }
}
