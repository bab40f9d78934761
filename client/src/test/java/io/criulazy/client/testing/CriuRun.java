package io.criulazy.client.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One run of real criu. A failure carries the end of criu's own log.
 *
 * @param what the command line
 * @param exitCode of criu
 * @param log all of its log
 */
public record CriuRun(String what, int exitCode, String log) {
  private static final long SECONDS = 90;
  private static final int LOG_CHARS = 4000;

  /** Whether {@code criu check --feature} says yes. */
  public static boolean hasFeature(String feature) {
    List<String> argv = List.of(Requirement.CRIU.path().toString(), "check", "--feature", feature);
    return Command.run(Path.of("/"), Budget.ofSeconds(20), Map.of(), argv).exitCode() == 0;
  }

  /** Dumps the victim and waits until its pids are free. */
  public static void dump(Victim victim, Path images, String... options) {
    run("dump", images, with(List.of("-t", Long.toString(victim.pid())), options)).mustSucceed();
    victim.awaitGone();
  }

  /** Dumps the victim, which goes on. */
  public static void dumpLeaveRunning(Victim victim, Path images, String... options) {
    tryDump(victim, images, with(List.of("--leave-running"), options).toArray(String[]::new))
        .mustSucceed();
  }

  /** Dumps the victim, or fails to. */
  public static CriuRun tryDump(Victim victim, Path images, String... options) {
    return tryDump(victim.pid(), images, options);
  }

  /** Dumps any process, or fails to. */
  public static CriuRun tryDump(long pid, Path images, String... options) {
    return run("dump", images, with(List.of("-t", Long.toString(pid)), options));
  }

  /** Writes the memory only, and tracks from now on what is changed. */
  public static void preDump(Victim victim, Path images, String... options) {
    List<String> track = List.of("-t", Long.toString(victim.pid()), "--track-mem");
    run("pre-dump", images, with(track, options)).mustSucceed();
  }

  /** Restores detached with --lazy-pages. */
  public static CriuRun lazyRestore(Path images, String... options) {
    return run("restore", images, with(List.of("-d", "--lazy-pages"), options));
  }

  /** Restores detached, all memory at once. */
  public static CriuRun eagerRestore(Path images, String... options) {
    return run("restore", images, with(List.of("-d"), options));
  }

  /** Fails the test with criu's log unless criu exited with 0. */
  public CriuRun mustSucceed() {
    if (exitCode != 0) {
      throw new AssertionError("exit code " + exitCode + ": " + this);
    }
    return this;
  }

  @Override
  public String toString() {
    String end = log.substring(Math.max(0, log.length() - LOG_CHARS));
    return what + " exited with " + exitCode + "\n--- end of its log:\n" + end;
  }

  private static CriuRun run(String action, Path images, List<String> options) {
    List<String> argv =
        new ArrayList<>(
            List.of(Requirement.CRIU.path().toString(), action, "-D", images.toString()));
    argv.addAll(List.of("-v2", "-o", action + ".log"));
    argv.addAll(options);
    Command.Outcome outcome = Command.run(images, Budget.ofSeconds(SECONDS), Map.of(), argv);
    // With -W the log is not beside the images; then the output has to do.
    Path log = images.resolve(action + ".log");
    String text = outcome.output() + (log.toFile().exists() ? Command.text(log) : "");
    return new CriuRun(String.join(" ", argv), outcome.exitCode(), text);
  }

  private static List<String> with(List<String> first, String... more) {
    List<String> all = new ArrayList<>(first);
    all.addAll(List.of(more));
    return all;
  }
}
