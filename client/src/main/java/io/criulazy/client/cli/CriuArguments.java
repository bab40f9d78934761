package io.criulazy.client.cli;

import io.criulazy.client.cli.Getopt.Given;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The arguments of a drop-in command with everything taken into account that criu takes into
 * account, in criu's order: {@code /etc/criu/default.conf}, {@code $HOME/.criu/default.conf},
 * {@code $CRIU_CONFIG_FILE}, {@code --config FILE}, the command line. {@code --config} and {@code
 * --no-default-config} switch the first two off.
 *
 * @param options those that mean something here, what was said last standing last
 * @param operands what is no option: first the command itself
 * @param warnings what was accepted and ignored
 */
record CriuArguments(List<Given> options, List<String> operands, List<String> warnings) {

  private static final Path GLOBAL_CONFIG = Path.of("/etc/criu/default.conf");
  private static final String USER_CONFIG = ".criu/default.conf";

  /**
   * @param environment of the process: HOME and CRIU_CONFIG_FILE are looked up
   * @throws UsageException on anything that criu would refuse
   */
  static CriuArguments parse(String[] args, OptionTable table, Map<String, String> environment)
      throws UsageException {
    Getopt.Result line = Getopt.parse(Arrays.asList(args), table);
    List<Given> meant = new ArrayList<>();
    Set<String> warnings = new LinkedHashSet<>();
    for (Path file : configFiles(line.options(), environment)) {
      Optional<List<String>> words = ConfigFile.read(file);
      if (words.isEmpty() && isNamed(file, line.options())) {
        warnings.add("there is no configuration file " + file + ": ignored");
      }
      // what a common file says about dumps and restores is no reason to warn
      meant(options(words.orElse(List.of()), table, file), meant, new LinkedHashSet<>());
    }
    meant(line.options(), meant, warnings);
    return new CriuArguments(meant, line.operands(), List.copyOf(warnings));
  }

  private static List<Given> options(List<String> words, OptionTable table, Path file)
      throws UsageException {
    try {
      return Getopt.parse(words, table).options();
    } catch (UsageException e) {
      throw new UsageException("in " + file + ": " + e.getMessage());
    }
  }

  private static void meant(List<Given> given, List<Given> options, Set<String> ignored) {
    for (Given option : given) {
      if (option.option().isMeant()) {
        options.add(option);
      } else {
        ignored.add("option " + option.canonical() + " means nothing here: ignored");
      }
    }
  }

  private static List<Path> configFiles(List<Given> line, Map<String, String> environment) {
    List<Path> files = new ArrayList<>();
    String home = environment.get("HOME");
    String fromEnvironment = environment.get("CRIU_CONFIG_FILE");
    String named = lastValue(line, "config");
    if (named == null && !isGiven(line, "no-default-config")) {
      files.add(GLOBAL_CONFIG);
      if (home != null) {
        files.add(Path.of(home, USER_CONFIG));
      }
    }
    if (fromEnvironment != null) {
      files.add(Path.of(fromEnvironment));
    }
    if (named != null) {
      files.add(Path.of(named));
    }
    return files;
  }

  private static boolean isNamed(Path file, List<Given> line) {
    return file.toString().equals(lastValue(line, "config"));
  }

  private static boolean isGiven(List<Given> line, String name) {
    return line.stream().anyMatch(given -> given.option().longName().equals(name));
  }

  private static String lastValue(List<Given> line, String name) {
    String value = null;
    for (Given given : line) {
      value = given.option().longName().equals(name) ? given.value() : value;
    }
    return value;
  }
}
