package io.criulazy.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The victims of src/test/c, compiled once a JVM of the tests into target/victims/PID. Each has its
 * own: a program that another one is running can't be written.
 */
public final class CProgram {
  private static final Path SOURCES = Path.of("src/test/c").toAbsolutePath();
  private static final Path TARGET =
      Path.of("target/victims", Long.toString(ProcessHandle.current().pid())).toAbsolutePath();
  private static final Map<String, Path> BUILT = new ConcurrentHashMap<>();

  private CProgram() {}

  /**
   * The program made from {@code name}.c.
   *
   * @throws AssertionError with the compiler's output if it does not compile
   */
  public static Path build(String name) {
    return BUILT.computeIfAbsent(name, n -> compile(n, n, List.of()));
  }

  /** The same, linked with libraries. */
  public static Path build(String name, String... libraries) {
    List<String> options = Stream.of(libraries).map(library -> "-l" + library).toList();
    return BUILT.computeIfAbsent(name, n -> compile(n, n, options));
  }

  /** The same, linked statically, for a container whose root has no libraries. */
  public static Path buildStatic(String name) {
    return BUILT.computeIfAbsent(name + "-static", n -> compile(name, n, List.of("-static")));
  }

  /** Builds a program, runs it to its end and returns what it prints; it has to exit with 0. */
  public static String run(String name) {
    return Command.mustRun(TARGET, Budget.ofSeconds(60), List.of(build(name).toString()));
  }

  private static Path compile(String source, String target, List<String> options) {
    try {
      Files.createDirectories(TARGET);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Path program = TARGET.resolve(target);
    List<String> argv = new ArrayList<>(List.of("gcc", "-O2", "-Wall", "-Wextra", "-Werror"));
    argv.addAll(List.of("-pthread", "-o", program.toString(), source + ".c"));
    argv.addAll(options);
    Command.mustRun(SOURCES, Budget.ofSeconds(60), argv);
    return program;
  }
}
