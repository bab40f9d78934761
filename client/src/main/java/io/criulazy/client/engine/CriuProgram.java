package io.criulazy.client.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** An installed criu. Its processes are children of this one and are never traced by it. */
public final class CriuProgram {
  /** The first whose images and lazy restores are tested here. */
  public static final int FIRST_MAJOR = 4;

  private static final Pattern VERSION = Pattern.compile("Version: (\\d+)(\\S*)");
  private static final String NAME = "criu";

  private final Path path;

  private CriuProgram(Path path) {
    this.path = path;
  }

  /**
   * Finds the one to use: the one that is named; else {@code $CRIU}; else the first in {@code
   * $PATH}.
   *
   * @param named by the user; may be null
   * @return nothing if there is no executable file of that name
   */
  public static Optional<CriuProgram> find(Path named, Map<String, String> environment) {
    Stream<Path> candidates;
    if (named != null) {
      candidates = Stream.of(named.toAbsolutePath());
    } else if (!environment.getOrDefault("CRIU", "").isEmpty()) {
      candidates = Stream.of(Path.of(environment.get("CRIU")).toAbsolutePath());
    } else {
      candidates =
          Arrays.stream(environment.getOrDefault("PATH", "").split(":"))
              .map(directory -> Path.of(directory, NAME));
    }
    return candidates
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst()
        .map(CriuProgram::new);
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /**
   * What it says of its version.
   *
   * @param major 4 in 4.1.1; -1 if it does not tell
   * @param text 4.1.1, or the first line that it has said if that tells no version
   */
  public record Version(int major, String text) {}

  /** Asks it for its version. */
  public Version version() {
    String output = versionOutput();
    Matcher version = VERSION.matcher(output);
    return version.find()
        ? new Version(Integer.parseInt(version.group(1)), version.group(1) + version.group(2))
        : new Version(-1, output.lines().findFirst().orElse("it says nothing"));
  }

  private String versionOutput() {
    try {
      Process process =
          new ProcessBuilder(path.toString(), "--version").redirectErrorStream(true).start();
      process.getOutputStream().close();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  /**
   * Runs it to its end, with this process's standard streams: what it restores may inherit them.
   *
   * @return its exit code
   * @throws IOException if it can't be started
   */
  int run(List<String> arguments) throws IOException {
    List<String> command = Stream.concat(Stream.of(path.toString()), arguments.stream()).toList();
    Process process = new ProcessBuilder(command).inheritIO().start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return process.waitFor();
        } catch (InterruptedException e) {
          interrupted = true; // it is in the middle of somebody's processes: let it end
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
