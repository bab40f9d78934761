package io.criulazy.client.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The daemon under test, started as a user would. CRIU_LAZY_IT_DAEMON names another command for
 * comparison, for example {@code /usr/sbin/criu lazy-pages}; by default it is {@code lazy-pages} of
 * the built distribution.
 */
public final class LazyDaemon implements AutoCloseable {
  private final Process process;
  private final Path images;
  private final Path log;

  private LazyDaemon(Process process, Path images, Path log) {
    this.process = process;
    this.images = images;
    this.log = log;
  }

  /** Starts the daemon for the images and waits until it listens in {@code images}. */
  public static LazyDaemon start(Path images, String... options) {
    LazyDaemon daemon = launch(images, images, options);
    daemon.awaitListening(images);
    return daemon;
  }

  /**
   * Starts the daemon and waits for nothing.
   *
   * @param scratch gets what it writes to stdout and stderr
   */
  public static LazyDaemon launch(Path scratch, Path images, String... options) {
    return launch(command(), scratch, images, options);
  }

  /** Starts criu's own daemon for the images and waits until it listens in {@code images}. */
  public static LazyDaemon startCriu(Path images, String... options) {
    List<String> criu = List.of(Requirement.CRIU.path().toString(), "lazy-pages");
    LazyDaemon daemon = launch(criu, images, images, options);
    daemon.awaitListening(images);
    return daemon;
  }

  private static LazyDaemon launch(
      List<String> command, Path scratch, Path images, String... options) {
    List<String> argv = new ArrayList<>(command);
    argv.addAll(List.of("-D", images.toString()));
    argv.addAll(List.of(options));
    Path log = scratch.resolve("daemon.out");
    File output = log.toFile();
    try {
      ProcessBuilder builder = Command.quiet(argv).directory(new File("/"));
      builder.redirectErrorStream(true).redirectOutput(output);
      return new LazyDaemon(builder.start(), images, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether another daemon than ours is under test. */
  public static boolean isForeign() {
    return System.getenv("CRIU_LAZY_IT_DAEMON") != null;
  }

  private static List<String> command() {
    return isForeign()
        ? List.of(System.getenv("CRIU_LAZY_IT_DAEMON").split(" "))
        : List.of(
            Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString(), "lazy-pages");
  }

  /** Waits until it listens on lazy-pages.socket in its work directory. */
  public void awaitListening(Path workDirectory) {
    Budget.ofSeconds(20)
        .await(
            "the daemon listens",
            () -> isListening(workDirectory) || !process.isAlive(),
            this::output);
    if (!process.isAlive()) {
      throw new AssertionError("the daemon ended with " + process.exitValue() + "\n" + output());
    }
  }

  private boolean isListening(Path workDirectory) {
    return Files.exists(workDirectory.resolve("lazy-pages.socket"))
        && Sessions.listeningSocket(process.pid()).isPresent();
  }

  /** Waits for its end and fails unless it exits with 0. */
  public void mustEndWell(Budget budget) {
    int exitCode = awaitExit(budget);
    if (exitCode != 0) {
      throw new AssertionError("the daemon exited with " + exitCode + "\n" + output());
    }
  }

  /** Waits for its end. */
  public int awaitExit(Budget budget) {
    try {
      if (!process.waitFor(budget.leftMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("the daemon is still up\n" + output());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Sends it a signal by its name, without SIG. */
  public void signal(String name) {
    Sessions.signal(name, process.pid());
  }

  /** What it has said so far on stdout and stderr. */
  public String output() {
    Path criuLog = images.resolve("lazy-pages.log");
    return Command.text(log) + (Files.exists(criuLog) ? Command.text(criuLog) : "");
  }

  /** Kills it if it is still up. */
  @Override
  public void close() {
    process.destroyForcibly();
    awaitExit(Budget.ofSeconds(10));
  }
}
