package io.criulazy.client.cli;

import io.criulazy.client.cli.Getopt.Given;
import io.criulazy.client.engine.CriuEngine;
import io.criulazy.client.engine.CriuProgram;
import io.criulazy.client.engine.EngineChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Who dumps or restores, and what criu is told. */
final class EngineOptions {
  private static final String END_OF_OPTIONS = "--";

  /** Options of criu's that are given in front of {@code --}, since they concern us, too. */
  private static final Set<String> OWN =
      Set.of(
          "tree",
          "images-dir",
          "work-dir",
          "leave-running",
          "leave-stopped",
          "daemon",
          "restore-detached",
          "restore-sibling",
          "exec-cmd",
          "log-file",
          "pidfile",
          "status-fd");

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--engine",
      paramLabel = "auto|criu|native",
      defaultValue = "auto",
      description = "who does it; native needs no criu (default: one that covers all of it)")
  private EngineChoice choice;

  @Option(
      names = "--criu",
      paramLabel = "PATH",
      description = "the criu to use (default: $CRIU, or the one in PATH)")
  private Path criu;

  @Option(
      names = {"-j", "--shell-job"},
      description = "a shell's job: its session and its terminal are the shell's")
  private boolean shellJob;

  @Option(names = "--tcp-established", description = "with its established TCP connections")
  private boolean tcpEstablished;

  @Option(
      names = {"-l", "--file-locks"},
      description = "with its file locks")
  private boolean fileLocks;

  @Option(
      names = {"-o", "--log-file"},
      paramLabel = "FILE",
      description = "the engine's log, relative to the images (default: dump.log, restore.log)")
  private Path logFile;

  @Option(
      names = {"-v", "--verbosity"},
      paramLabel = "LEVEL",
      defaultValue = "2",
      description = "0 nothing, 1 errors, 2 warnings, 3 what happens, 4 all (default: 2)")
  private int verbosity;

  @Parameters(
      arity = "0..*",
      paramLabel = "-- CRIU OPTIONS",
      hideParamSyntax = true,
      description = "behind --: more options of criu's; they take the criu engine")
  private List<String> words = List.of();

  boolean isShellJob() {
    return shellJob;
  }

  EngineChoice choice() {
    return choice;
  }

  CriuEngine criu() {
    return new CriuEngine(CriuProgram.find(criu, System.getenv()));
  }

  int verbosity() {
    return verbosity;
  }

  /** Absolute. */
  Path logFile(Path directory, String usual) {
    return directory.resolve(logFile == null ? Path.of(usual) : logFile);
  }

  /**
   * What criu is told besides what our own options say.
   *
   * @throws UsageException if that can't be told
   */
  List<String> criuOptions() throws UsageException {
    requireBehindEnd();
    List<String> options = new ArrayList<>();
    addIf(shellJob, "--shell-job", options);
    addIf(tcpEstablished, "--tcp-established", options);
    addIf(fileLocks, "--file-locks", options);
    options.addAll(words);
    return options;
  }

  private static void addIf(boolean given, String option, List<String> options) {
    if (given) {
      options.add(option);
    }
  }

  private void requireBehindEnd() throws UsageException {
    List<String> line = command.commandLine().getParseResult().originalArgs();
    int end = line.indexOf(END_OF_OPTIONS);
    int behind = end < 0 ? 0 : line.size() - end - 1;
    if (words.size() > behind) {
      throw new UsageException("'" + words.get(0) + "' is one word too many");
    }
    for (Given given : known()) {
      if (OWN.contains(given.option().longName())) {
        throw new UsageException(
            "option --" + given.option().longName() + " has to stand in front of --, if at all");
      }
    }
  }

  /** Those that are known here; criu may have more of them, and says itself what it hasn't. */
  private List<Given> known() {
    try {
      return Getopt.parse(words, OptionTable.of(CriuOptions.DECLARED)).options();
    } catch (UsageException e) {
      return List.of();
    }
  }
}
