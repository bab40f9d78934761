package io.criulazy.client.testing;

import io.criulazy.client.control.DaemonReport;
import io.criulazy.client.source.RemoteImages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code criu-lazy daemon} of the built distribution, as a user would start it. */
public final class ResidentDaemonRig extends RunningProgram {
  private final ResidentControl control;

  private ResidentDaemonRig(RunningProgram program, Path socket) {
    super(program);
    this.control = new ResidentControl(socket, this::output);
  }

  /**
   * Starts it and waits until restores can be prepared.
   *
   * @param scratch gets its control socket and its log
   */
  public static ResidentDaemonRig start(Path scratch, String... options) {
    return start(scratch, Map.of(), options);
  }

  /**
   * The same.
   *
   * @param environment added to that of the tests
   */
  public static ResidentDaemonRig start(
      Path scratch, Map<String, String> environment, String... options) {
    ResidentDaemonRig daemon = launch(List.of(), scratch, environment, options);
    daemon.awaitUp("the daemon is up", Budget.ofSeconds(20), daemon.control::answers);
    return daemon;
  }

  /** Starts one that is killed at one of its steps, and waits for nothing. */
  public static ResidentDaemonRig launchToDie(Death death, Path scratch, String... options) {
    return launch(death.prefix(), scratch, Map.of(), options);
  }

  private static ResidentDaemonRig launch(
      List<String> prefix, Path scratch, Map<String, String> environment, String... options) {
    Path socket = scratch.resolve("control.sock");
    Path log = scratch.resolve("resident.log");
    List<String> argv = new ArrayList<>(prefix);
    argv.add(Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy").toString());
    argv.addAll(List.of("daemon", "--control", socket.toString()));
    argv.addAll(List.of(options));
    return new ResidentDaemonRig(start(log, environment, argv), socket);
  }

  /** Has it serve a restore of the images in a work directory. */
  public void prepare(Path images, Path work) {
    control.prepare(images, work, Optional.empty());
  }

  /** The same, with the pages elsewhere. */
  public void prepare(Path images, Path work, RemoteImages remote) {
    control.prepare(images, work, Optional.of(remote));
  }

  /** Has it serve more and more restores until it is gone. */
  public void prepareUntilItDies(Path images, Path scratch) {
    for (int i = 0; isAlive(); i++) {
      try {
        control.tryPrepare(images, Copy.workDirectory(scratch, "more" + i), Optional.empty());
      } catch (IOException e) {
        // It dies, or is about to.
        Budget.ofSeconds(10).await("it is gone", () -> !isAlive(), () -> e + output());
      }
    }
  }

  /** What it says of itself. */
  public DaemonReport report() {
    return control.report();
  }

  /** Waits until so many restores have ended, all of them well. */
  public void awaitComplete(long restores, Budget budget) {
    budget.await(
        restores + " restores are complete", () -> count("complete") == restores, this::output);
    if (count("failed") > 0) {
      throw new AssertionError("a restore has failed\n" + output());
    }
  }

  /** Waits until none of its restores is under way. */
  public void awaitIdle(Budget budget) {
    budget.await(
        "no restore is under way", () -> complete() == report().restores().size(), this::output);
  }

  /** How many restores it has completed. */
  public long complete() {
    return count("complete");
  }

  private long count(String state) {
    return report().restores().stream().filter(each -> each.state().equals(state)).count();
  }

  /** Asks it to end. */
  public void terminate() {
    signal("TERM");
  }

  @Override
  public void close() {
    control.close();
    super.close();
  }
}
