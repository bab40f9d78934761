package io.criulazy.client.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page server, ours or criu's, on a port of 127.0.0.1 that it chose itself. */
public final class PageServerProcess implements AutoCloseable {
  private static final Pattern PORT = Pattern.compile("Using (\\d+) port");

  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

  private final Process process;
  private final Path log;

  private PageServerProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts {@code criu-lazy page-server} and waits until it listens.
   *
   * @param log gets what it writes to stdout and stderr
   */
  public static PageServerProcess start(Path log, Path images, String... options) {
    String ours = Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString();
    return start(ours, log, images, List.of(options), Map.of());
  }

  /** The same with a heap of so many MiB. */
  public static PageServerProcess startSmall(
      Path log, int heapMebibytes, Path images, String... options) {
    String ours = Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString();
    Map<String, String> heap = Map.of("CRIU_LAZY_JAVA_OPTS", "-Xmx" + heapMebibytes + "m");
    return start(ours, log, images, List.of(options), heap);
  }

  /** Starts {@code criu page-server} and waits until it listens. */
  public static PageServerProcess startCriu(Path log, Path images, String... options) {
    List<String> all = new ArrayList<>(List.of("-v4", "-o", "-"));
    all.addAll(List.of(options));
    return start(Requirement.CRIU.path().toString(), log, images, all, Map.of());
  }

  private static PageServerProcess start(
      String command,
      Path log,
      Path images,
      List<String> options,
      Map<String, String> environment) {
    List<String> argv = new ArrayList<>(List.of(command, "page-server", "-D", images.toString()));
    argv.addAll(List.of("--address", "127.0.0.1"));
    argv.addAll(options);
    try {
      ProcessBuilder builder = Command.quiet(argv).directory(new File("/"));
      builder.environment().putAll(environment);
      builder.redirectErrorStream(true).redirectOutput(log.toFile());
      PageServerProcess server = new PageServerProcess(builder.start(), log);
      server.awaitListening();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitListening() {
    Budget.ofSeconds(30)
        .await(
            "the page server listens",
            () -> PORT.matcher(output()).find() || !process.isAlive(),
            this::output);
    if (!process.isAlive()) {
      throw new AssertionError("it ended with " + process.exitValue() + "\n" + output());
    }
  }

  /** Where it listens. */
  public int port() {
    Matcher matcher = PORT.matcher(output());
    if (!matcher.find()) {
      throw new IllegalStateException("no port in " + output());
    }
    return Integer.parseInt(matcher.group(1));
  }

  /** What a criu needs to find it, and {@code more}. */
  public String[] clientOptions(String... more) {
    List<String> options = new ArrayList<>();
    options.addAll(List.of("--page-server", "--address", "127.0.0.1"));
    options.addAll(List.of("--port", Integer.toString(port())));
    options.addAll(List.of(more));
    return options.toArray(String[]::new);
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** Waits for its end and returns its exit code. */
  public int awaitExit(Budget budget) {
    try {
      if (!process.waitFor(budget.leftMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("the page server is still up\n" + output());
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

  /** What it has in memory, in KiB: the line VmRSS of /proc/PID/status. */
  public long residentKib() {
    Path status = Path.of("/proc", Long.toString(pid()), "status");
    Matcher matcher = RESIDENT.matcher(Command.text(status));
    if (!matcher.find()) {
      throw new IllegalStateException("no VmRSS in " + status);
    }
    return Long.parseLong(matcher.group(1));
  }

  /** Whether it is up. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** What it has said so far. */
  public String output() {
    return Command.text(log);
  }

  /** Kills it if it is still up. */
  @Override
  public void close() {
    process.destroyForcibly();
    awaitExit(Budget.ofSeconds(10));
  }
}
