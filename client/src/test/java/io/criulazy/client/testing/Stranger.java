package io.criulazy.client.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A victim that is no child of this JVM, whose reaper of children would take away the stops of a
 * traced one. It leads a session of its own; closing it kills all of that session.
 */
public final class Stranger implements AutoCloseable {
  private static final String START = "setsid \"$0\" \"$@\" </dev/null >/dev/null 2>&1 & echo $!";

  private static final String BETWEEN_PIPES = "sleep 300 | setsid \"$0\" \"$@\" | cat";

  private final int pid;
  private final Verdict verdict;
  private final int company;

  private Stranger(int pid, Verdict verdict, int company) {
    this.pid = pid;
    this.verdict = verdict;
    this.company = company;
  }

  /**
   * Starts a program of src/test/c and waits until it is ready.
   *
   * @param directory where its verdict is written
   * @param options as the program's head comment has them
   */
  public static Stranger start(Path directory, String program, String... options) {
    Verdict verdict = verdict(directory, program);
    int pid = launch(directory, command(verdict, program, options));
    return ready(new Stranger(pid, verdict, 0));
  }

  /** The same, with stdin and stdout pipes to other processes, which live as long. */
  public static Stranger startBetweenPipes(Path directory, String program, String... options) {
    Verdict verdict = verdict(directory, program);
    List<String> command = new ArrayList<>(List.of("sh", "-c", BETWEEN_PIPES));
    command.addAll(command(verdict, program, options));
    int company = launch(directory, command);
    ready(new Stranger(company, verdict, 0));
    return new Stranger(verdict.pid(), verdict, company);
  }

  private static Verdict verdict(Path directory, String program) {
    return new Verdict(directory.resolve("verdict-" + program));
  }

  private static List<String> command(Verdict verdict, String program, String... options) {
    List<String> argv = new ArrayList<>(List.of(CProgram.build(program).toString()));
    argv.add(verdict.file().toString());
    argv.addAll(List.of(options));
    return argv;
  }

  private static Stranger ready(Stranger stranger) {
    try {
      Verdict verdict = stranger.verdict;
      Budget.ofSeconds(60).await("the victim is ready", verdict::ready, verdict::toString);
      return stranger;
    } catch (AssertionError e) {
      stranger.close();
      throw e;
    }
  }

  /** Starts any program, in a session of its own, and returns its pid. */
  public static int launch(Path directory, List<String> argv) {
    List<String> command = new ArrayList<>(List.of("sh", "-c", START));
    command.addAll(argv);
    return Integer.parseInt(Command.mustRun(directory, Budget.ofSeconds(20), command).strip());
  }

  /** Its pid and session. */
  public int pid() {
    return pid;
  }

  /** What it says about itself. */
  public Verdict verdict() {
    return verdict;
  }

  /** Lets it end its work, and fails unless all was right. */
  public void finishUnharmed() {
    verdict.command(1);
    Budget.ofSeconds(20)
        .await(
            "the victim has finished",
            verdict::done,
            () -> verdict + ", state: " + Sessions.state(pid));
    verdict.mustBeClean();
  }

  /** Its letter in /proc/PID/stat; empty if it is gone. */
  public String state() {
    return Sessions.state(pid);
  }

  /** Waits until it is gone and reaped: its pids are needed for a restore. */
  public void awaitGone() {
    Budget.ofSeconds(20)
        .await(
            "the victim is gone and reaped",
            () -> Sessions.members(pid).isEmpty(),
            () -> "left: " + Sessions.members(pid));
  }

  /** Sends it a signal by its name, without SIG. */
  public void signal(String name) {
    Sessions.signal(name, pid);
  }

  @Override
  public void close() {
    Sessions.end(pid);
    if (company != 0) {
      Sessions.end(company);
    }
  }
}
