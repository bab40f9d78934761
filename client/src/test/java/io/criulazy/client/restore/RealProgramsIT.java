package io.criulazy.client.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.Computation;
import io.criulazy.client.testing.ForeignProgram;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.RedisClient;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Programs that others wrote, dumped in the middle of their work and restored: what comes out is
 * right. {@code -Dcriu-lazy.it.real-programs=large} takes each in all directions, and larger.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.DISTRIBUTION})
class RealProgramsIT {
  private static final boolean LARGE =
      System.getProperty("criu-lazy.it.real-programs", "").equals("large");
  private static final int REDIS_MIB = LARGE ? 200 : 24;
  private static final int LINES = LARGE ? 3_000_000 : 500_000;
  private static final int ROWS = LARGE ? 200_000 : 20_000;

  @TempDir Path directory;

  private static Stream<Arguments> in(Direction direction, boolean lazy) {
    return LARGE
        ? Stream.of(Direction.values())
            .flatMap(one -> Stream.of(Arguments.of(one, true), Arguments.of(one, false)))
        : Stream.of(Arguments.of(direction, lazy));
  }

  static Stream<Arguments> lazilyByUs() {
    return in(Direction.US_TO_US, true);
  }

  static Stream<Arguments> eagerlyByUs() {
    return in(Direction.US_TO_US, false);
  }

  static Stream<Arguments> lazilyFromCriu() {
    return in(Direction.CRIU_TO_US, true);
  }

  static Stream<Arguments> lazilyByCriu() {
    return in(Direction.US_TO_CRIU, true);
  }

  @ParameterizedTest
  @MethodSource("lazilyByUs")
  @Needs(Requirement.PYTHON)
  void aPythonInterpreterGoesOnComputing(Direction direction, boolean lazy) throws Exception {
    Path program = Path.of("src/test/python/compute.py").toAbsolutePath();
    compute(direction, lazy, 5, Requirement.PYTHON.path().toString(), program.toString());
  }

  @ParameterizedTest
  @MethodSource("lazilyByCriu")
  @Needs(Requirement.PERL)
  void aPerlInterpreterGoesOnComputing(Direction direction, boolean lazy) throws Exception {
    Path program = Path.of("src/test/perl/compute.pl").toAbsolutePath();
    compute(direction, lazy, 1, Requirement.PERL.path().toString(), program.toString());
  }

  /** Without its performance data: other JVMs delete that file of one that is not there. */
  @ParameterizedTest
  @MethodSource("lazilyByUs")
  void aJvmGoesOnComputing(Direction direction, boolean lazy) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
    String classes = Path.of("target/test-classes").toAbsolutePath().toString();
    String name = Computation.class.getName();
    compute(direction, lazy, 3, java, "-XX:-UsePerfData", "-Xmx64m", "-cp", classes, name);
  }

  private void compute(Direction direction, boolean lazy, int threads, String... argv)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(argv));
    command.add(directory.toString());
    try (ForeignProgram program = ForeignProgram.start(directory, command.toArray(String[]::new))) {
      Budget.ofSeconds(30).await("it computes", () -> areReady(threads), program::output);
      Path images = dump(direction, program);
      direction.restore(
          program.pid(),
          images,
          lazy,
          () -> {
            Files.createFile(directory.resolve("enough"));
            program.awaitEnd(Budget.ofSeconds(30));
            assertThat(program.output().lines()).hasSize(threads).allMatch(Computation::isRight);
          });
    }
  }

  private boolean areReady(int threads) {
    for (int i = 0; i < threads; i++) {
      if (!Files.exists(directory.resolve("ready" + i))) {
        return false;
      }
    }
    return true;
  }

  private Path dump(Direction direction, ForeignProgram program, String... options)
      throws Exception {
    Path images = RoundTrip.images(directory);
    direction.dump(program.pid(), images, options);
    program.awaitGone();
    return images;
  }

  @ParameterizedTest
  @MethodSource("lazilyFromCriu")
  void sortSortsAllLines(Direction direction, boolean lazy) throws Exception {
    Path input = directory.resolve("lines");
    Path parts = Files.createDirectory(directory.resolve("parts"));
    Random random = new Random(1);
    List<String> lines =
        random.longs(LINES).mapToObj(number -> "%016x".formatted(number)).sorted().toList();
    List<String> shuffled = new ArrayList<>(lines);
    Collections.shuffle(shuffled, random);
    Files.write(input, shuffled);
    try (ForeignProgram sort =
        ForeignProgram.start(
            directory,
            ("env LC_ALL=C sort --parallel=2 -T parts lines -o sorted -S " + (LARGE ? "4M" : "1M"))
                .split(" "))) {
      Budget.ofSeconds(20).await("a part is sorted", () -> hasFile(parts), sort::output);
      sort.signal("STOP"); // or it is done before it is dumped
      Path images = dump(direction, sort);
      direction.restore(
          sort.pid(),
          images,
          lazy,
          () -> {
            sort.signal("CONT");
            sort.awaitEnd(Budget.ofSeconds(60));
            assertThat(sort.output()).isEmpty();
            assertThat(Files.readAllLines(directory.resolve("sorted"))).isEqualTo(lines);
          });
    }
  }

  private static boolean hasFile(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.findAny().isPresent();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its digest is of all keys and values. */
  @ParameterizedTest
  @MethodSource("lazilyByUs")
  @Needs(Requirement.REDIS)
  void redisHasAllKeys(Direction direction, boolean lazy) throws Exception {
    Path server =
        Files.createSymbolicLink(directory.resolve("redis-server"), Requirement.REDIS.path());
    Path socket = directory.resolve("redis.sock");
    String options = " --port 0 --unixsocket %s --enable-debug-command yes --dir %s --save";
    List<String> argv =
        new ArrayList<>(List.of((server + options).formatted(socket, directory).split(" ")));
    argv.add("");
    try (ForeignProgram redis = ForeignProgram.start(directory, argv.toArray(String[]::new))) {
      Budget.ofSeconds(20).await("redis listens", () -> Files.exists(socket), redis::output);
      long files = openFiles(redis);
      String digest;
      try (RedisClient client = RedisClient.connect(socket)) {
        client.ask("DEBUG POPULATE " + REDIS_MIB * 1024 + " key 1024");
        digest = client.ask("DEBUG DIGEST");
      }
      Budget.ofSeconds(10)
          .await("it has closed the connection", () -> openFiles(redis) == files, redis::output);
      Path images = dump(direction, redis);
      direction.restore(
          redis.pid(),
          images,
          lazy,
          () -> {
            try (RedisClient client = RedisClient.connect(socket)) {
              assertThat(client.ask("GET key:4711")).startsWith("value:4711");
              assertThat(client.ask("DBSIZE")).isEqualTo(":" + REDIS_MIB * 1024);
              assertThat(client.ask("DEBUG DIGEST")).isEqualTo(digest);
              assertThat(client.ask("SET key:4711 new")).isEqualTo("+OK");
              assertThat(client.ask("GET key:4711")).isEqualTo("new");
            }
          });
    }
  }

  private static long openFiles(ForeignProgram program) {
    try (Stream<Path> files = Files.list(Path.of("/proc/" + program.pid() + "/fd"))) {
      return files.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A shell, and sqlite3 behind a pipe, which has begun a transaction: it has locked the file. */
  @ParameterizedTest
  @MethodSource("eagerlyByUs")
  @Needs(Requirement.SQLITE)
  void sqliteEndsItsTransaction(Direction direction, boolean lazy) throws Exception {
    Command.run(directory, Budget.ofSeconds(10), Map.of(), List.of("mkfifo", "go"));
    String rows =
        "insert into t with recursive n(i) as (select %d union all select i+1 from n where i<%d)"
            + " select i, i*i from n;";
    String begin = "create table t(i, square); begin; " + rows.formatted(1, ROWS);
    String end = rows.formatted(ROWS + 1, 2 * ROWS) + "commit; ";
    String script =
        "exec 3<>go; (echo '%s .print begun'; read word <&3; echo '%s %s') | %s '%s'; true"
            .replace(" .print", "\n.print")
            .formatted(begin, end, SUMS, Requirement.SQLITE.path(), "db");
    try (ForeignProgram shell = ForeignProgram.start(directory, "sh", "-c", script)) {
      Budget.ofSeconds(20)
          .await("it has begun", () -> shell.output().contains("begun"), shell::output);
      Path images = dump(direction, shell, "--file-locks");
      direction.restore(
          shell.pid(),
          images,
          lazy,
          () -> {
            assertThat(ask("begin immediate")).contains("database is locked");
            Files.writeString(directory.resolve("go"), "on\n");
            shell.awaitEnd(Budget.ofSeconds(30));
            assertThat(shell.output().lines()).containsExactly("begun", sums(), "ok");
            assertThat(ask(SUMS)).isEqualTo(sums() + "\nok\n");
          },
          "--file-locks");
    }
  }

  private static final String SUMS =
      "select count(*), sum(i), sum(square) from t; pragma integrity_check;";

  private static String sums() {
    long n = 2L * ROWS;
    return n + "|" + n * (n + 1) / 2 + "|" + n * (n + 1) * (2 * n + 1) / 6;
  }

  private String ask(String sql) {
    List<String> argv = List.of(Requirement.SQLITE.path().toString(), "db", sql);
    return Command.run(directory, Budget.ofSeconds(20), Map.of(), argv).output();
  }
}
