package io.criulazy.client.engine;

import io.criulazy.client.FailureText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What dumps and restores by an installed criu have in common. */
public final class CriuEngine {
  /** Of {@link Engine#name}. */
  public static final String NAME = "criu";

  private static final int SHOWN_ERRORS = 3;

  /** criu says this on each host that lacks CAP_SYS_RESOURCE, and goes on. */
  private static final String HARMLESS = "rlimit: Can't setup RLIMIT_NOFILE";

  private final Optional<CriuProgram> program;

  /**
   * @param program nothing if there is none
   */
  public CriuEngine(Optional<CriuProgram> program) {
    this.program = program;
  }

  /** Why criu can't be used here at all; criu itself finds out about the processes. */
  public List<String> refusals() {
    if (program.isEmpty()) {
      return List.of("there is no criu: install it, name it with --criu, or set CRIU or PATH");
    }
    CriuProgram.Version version = program.get().version();
    return version.major() >= CriuProgram.FIRST_MAJOR
        ? List.of()
        : List.of(
            "%s is not criu %d or later (%s): name another with --criu"
                .formatted(program.get().path(), CriuProgram.FIRST_MAJOR, version.text()));
  }

  /**
   * Runs a command of criu's.
   *
   * @param what the user's words for it, for the message: {@code "dump process 42 with criu"}
   * @param log absolute; where criu writes its log, afresh
   * @throws IOException if it fails, with the errors from its log
   */
  public void run(
      String what, String command, Path directory, Path log, int verbosity, List<String> options)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of(command, "-D", directory.toString()));
    arguments.addAll(List.of("-v" + verbosity, "-o", log.toString()));
    arguments.addAll(options);
    Files.deleteIfExists(log);
    int code = program.orElseThrow().run(arguments);
    if (code != 0) {
      throw new IOException(
          "cannot %s: criu exited with %d. %s".formatted(what, code, errors(log)));
    }
  }

  private static String errors(Path log) {
    if (!Files.exists(log)) {
      return "It wrote no log: see its message above";
    }
    try {
      List<String> errors =
          new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> line.contains("Error (") && !line.contains(HARMLESS))
              .map(line -> line.substring(line.indexOf("Error (")))
              .toList();
      return errors.stream().limit(SHOWN_ERRORS).collect(Collectors.joining("; ", "", ""))
          + (errors.isEmpty() ? "See " : ". All of it is in ")
          + log;
    } catch (IOException e) {
      return "Its log " + log + " can't be read: " + FailureText.of(e);
    }
  }
}
