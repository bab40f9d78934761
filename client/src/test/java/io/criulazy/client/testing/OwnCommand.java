package io.criulazy.client.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** {@code criu-lazy} of the built distribution, with the criu of the tests. */
public final class OwnCommand {
  private static final long SECONDS = 60;

  private OwnCommand() {}

  /** Runs it to its end. */
  public static Command.Outcome run(String... arguments) {
    Path criu = Requirement.CRIU.path();
    return run(Map.of("CRIU", criu.toString()), arguments);
  }

  /** The same with an environment of its own. */
  public static Command.Outcome run(Map<String, String> environment, String... arguments) {
    return Command.run(Path.of("/"), Budget.ofSeconds(SECONDS), environment, argv(arguments));
  }

  /** Runs it to its end, which has to be a good one, and returns what it said. */
  public static String mustRun(String... arguments) {
    Command.Outcome outcome = run(arguments);
    if (outcome.exitCode() != 0) {
      throw new AssertionError(
          Arrays.toString(arguments) + " exited with " + outcome.exitCode() + outcome.output());
    }
    return outcome.output();
  }

  /**
   * Starts it.
   *
   * @param log gets what it writes to stdout and stderr
   */
  public static RunningProgram start(Path log, String... arguments) {
    Path criu = Requirement.CRIU.path();
    return RunningProgram.start(log, Map.of("CRIU", criu.toString()), argv(arguments));
  }

  private static List<String> argv(String... arguments) {
    List<String> argv = new ArrayList<>();
    argv.add(Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString());
    argv.addAll(List.of(arguments));
    return argv;
  }
}
