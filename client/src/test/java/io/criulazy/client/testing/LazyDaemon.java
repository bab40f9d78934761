package io.criulazy.client.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The daemon under test, started as a user would. CRIU_LAZY_IT_DAEMON names another command for
 * comparison, for example {@code /usr/sbin/criu lazy-pages}; by default it is {@code lazy-pages} of
 * the built distribution.
 */
public final class LazyDaemon extends RunningProgram {
  private final Path images;

  private LazyDaemon(RunningProgram program, Path images) {
    super(program);
    this.images = images;
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

  /**
   * The same, of a daemon that is killed at one of its steps.
   *
   * @param scratch as of {@link #launch}, and its work directory
   */
  public static LazyDaemon launchToDie(Death death, Path scratch, Path images, String... options) {
    List<String> there = new ArrayList<>(death.prefix());
    there.addAll(command());
    List<String> all = new ArrayList<>(List.of("-W", scratch.toString()));
    all.addAll(List.of(options));
    return launch(there, scratch, images, all.toArray(String[]::new));
  }

  /**
   * Starts the daemon somewhere else and waits until its socket is there.
   *
   * @param prefix what a command has to begin with to be run there
   * @param work its work directory, which gets what it writes
   */
  public static LazyDaemon launchIn(
      List<String> prefix, Path work, Path images, String... options) {
    List<String> there = new ArrayList<>(prefix);
    there.addAll(command());
    LazyDaemon daemon = launch(there, work, images, options);
    // Which sockets listen is told by /proc of that namespace only.
    daemon.awaitUp(
        "the daemon listens",
        Budget.ofSeconds(20),
        () -> Files.exists(work.resolve("lazy-pages.socket")));
    return daemon;
  }

  /** Starts criu's own daemon for the images and waits until it listens in {@code images}. */
  public static LazyDaemon startCriu(Path images, String... options) {
    LazyDaemon daemon = launchCriu(images, images, options);
    daemon.awaitListening(images);
    return daemon;
  }

  /** Starts criu's own daemon and waits for nothing; {@code scratch} as in {@link #launch}. */
  public static LazyDaemon launchCriu(Path scratch, Path images, String... options) {
    List<String> criu = List.of(Requirement.CRIU.path().toString(), "lazy-pages");
    return launch(criu, scratch, images, options);
  }

  private static LazyDaemon launch(
      List<String> command, Path scratch, Path images, String... options) {
    List<String> argv = new ArrayList<>(command);
    argv.addAll(List.of("-D", images.toString()));
    argv.addAll(List.of(options));
    return new LazyDaemon(start(scratch.resolve("daemon.out"), Map.of(), argv), images);
  }

  /** Sets how many files it may have open. */
  public void limitOpenFiles(int count) {
    List<String> argv =
        List.of("prlimit", "--pid", Long.toString(pid()), "--nofile=" + count + ":");
    Command.mustRun(Path.of("/"), Budget.ofSeconds(10), argv);
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
    awaitUp("the daemon listens", Budget.ofSeconds(20), () -> isListening(workDirectory));
  }

  /** Whether it listens on lazy-pages.socket in its work directory. */
  public boolean isListening(Path workDirectory) {
    return Files.exists(workDirectory.resolve("lazy-pages.socket"))
        && Sessions.listeningSocket(pid()).isPresent();
  }

  /** What it has said so far on stdout and stderr, and in criu's log. */
  @Override
  public String output() {
    Path criuLog = images.resolve("lazy-pages.log");
    return super.output() + (Files.exists(criuLog) ? Command.text(criuLog) : "");
  }
}
