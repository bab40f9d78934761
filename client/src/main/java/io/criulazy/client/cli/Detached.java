package io.criulazy.client.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Goes to the background. A JVM can't fork, so it starts itself once more, in a session of its own,
 * and waits for that one's word before it exits.
 *
 * <p>The second process knows by an environment variable that it is the daemon, and reports on its
 * standard output: the line {@value #READY}, or else, line by line, why it failed.
 *
 * <p>A caller who reads our output to its end must not wait for the daemon's. So the daemon keeps
 * the caller's standard error stream only when it is where the log goes, as criu does.
 */
final class Detached {

  private static final String MARK = "CRIU_LAZY_DETACHED";
  private static final String READY = "criu-lazy-ready";

  private Detached() {}

  /** Whether this process is the one in the background. */
  static boolean isDaemon() {
    return System.getenv(MARK) != null;
  }

  /** Called by the daemon: whoever started it may go on. */
  static void reportReady() {
    System.out.println(READY);
    System.out.flush();
  }

  /**
   * Called by the process in the foreground: starts itself as the daemon, waits until it is ready,
   * and tells the caller.
   *
   * @throws CommandException if the daemon ends before it is ready, or its pidfile can't be written
   */
  static void start(CriuOptions options) throws IOException, CommandException {
    Process daemon = start(commandLine(), options.logFile() == null);
    try {
      if (options.pidfile() != null) {
        Pidfile.write(options.pidfile(), daemon.pid());
      }
      new Readiness(options.statusFd()).announce();
    } catch (IOException | CommandException e) {
      daemon.destroyForcibly();
      throw e;
    }
  }

  /**
   * Starts another command of this program as a daemon, and waits until it is ready.
   *
   * @param arguments the command and its options; it has to log to a file
   * @param ownArguments how many this process has
   * @throws CommandException if it ends before it is ready
   */
  static Process start(List<String> arguments, int ownArguments)
      throws IOException, CommandException {
    List<String> words = commandLine();
    List<String> command = new ArrayList<>(words.subList(0, words.size() - ownArguments));
    command.addAll(arguments);
    return start(command, false);
  }

  private static Process start(List<String> command, boolean logsOnStderr)
      throws IOException, CommandException {
    Process daemon = launch(command, logsOnStderr);
    try {
      if (!awaitReady(daemon)) {
        throw new CommandException(
            "the daemon did not start: it ended with code " + daemon.waitFor() + ", see above");
      }
      return daemon;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      daemon.destroyForcibly();
      throw new CommandException("interrupted while the daemon started", e);
    } catch (IOException | CommandException e) {
      daemon.destroyForcibly();
      throw e;
    }
  }

  /** Starts a daemon that logs to our standard error stream. */
  static Process launch(List<String> command) throws IOException {
    return launch(command, true);
  }

  /**
   * Waits until a daemon is ready or has ended.
   *
   * @return whether it is ready
   */
  static boolean awaitReady(Process daemon) throws IOException {
    try (BufferedReader report =
        new BufferedReader(
            new InputStreamReader(daemon.getInputStream(), StandardCharsets.UTF_8))) {
      return relayUntilReady(report);
    }
  }

  private static boolean relayUntilReady(BufferedReader report) throws IOException {
    for (String line = report.readLine(); line != null; line = report.readLine()) {
      if (line.equals(READY)) {
        return true;
      }
      System.err.println(line);
    }
    return false;
  }

  private static Process launch(List<String> command, boolean logsOnStderr) throws IOException {
    List<String> words = new ArrayList<>(List.of("setsid"));
    words.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(words);
    Map<String, String> environment = builder.environment();
    environment.put(MARK, "1");
    if (logsOnStderr) {
      builder.redirectError(Redirect.INHERIT);
    } else {
      builder.redirectErrorStream(true);
    }
    return builder.redirectInput(Redirect.from(Path.of("/dev/null").toFile())).start();
  }

  /** As the kernel has it: {@code /proc/self/cmdline}, words ended by NUL. */
  static List<String> commandLine() throws IOException {
    String words = Files.readString(Path.of("/proc/self/cmdline"));
    List<String> command = new ArrayList<>(List.of(words.split("\0", -1)));
    command.remove(command.size() - 1);
    command.set(0, Path.of("/proc/self/exe").toRealPath().toString());
    return command;
  }
}
