package io.criulazy.client.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
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
   * Called by the process in the foreground: starts the daemon, waits until it is ready, and tells
   * the caller.
   *
   * @throws CommandException if the daemon ends before it is ready, or its pidfile can't be written
   */
  static void start(CriuOptions options) throws IOException, CommandException {
    Process daemon = launch(options.logFile() == null);
    try (BufferedReader report =
        new BufferedReader(
            new InputStreamReader(daemon.getInputStream(), StandardCharsets.UTF_8))) {
      if (!relayUntilReady(report)) {
        throw new CommandException(
            "the daemon did not start: it ended with code " + daemon.waitFor() + ", see above");
      }
      if (options.pidfile() != null) {
        writePidfile(options.pidfile(), daemon.pid());
      }
      new Readiness(options.statusFd()).announce();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      daemon.destroyForcibly();
      throw new CommandException("interrupted while the daemon started", e);
    } catch (IOException | CommandException e) {
      daemon.destroyForcibly();
      throw e;
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

  private static Process launch(boolean logsOnStderr) throws IOException {
    List<String> command = new ArrayList<>();
    command.add("setsid");
    command.addAll(ownCommandLine());
    ProcessBuilder builder = new ProcessBuilder(command);
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
  private static List<String> ownCommandLine() throws IOException {
    String words = Files.readString(Path.of("/proc/self/cmdline"));
    List<String> command = new ArrayList<>(List.of(words.split("\0", -1)));
    command.remove(command.size() - 1);
    command.set(0, Path.of("/proc/self/exe").toRealPath().toString());
    return command;
  }

  /** criu too refuses to write over a pidfile that is there. */
  private static void writePidfile(Path file, long pid) throws CommandException {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, Long.toString(pid), StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      throw new CommandException(
          "cannot write the pidfile " + file + ": it exists. Remove it or choose another one", e);
    } catch (IOException e) {
      throw new CommandException("cannot write the pidfile " + file + ": " + e, e);
    }
  }
}
