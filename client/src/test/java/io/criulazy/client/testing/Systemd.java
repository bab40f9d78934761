package io.criulazy.client.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;

/**
 * A service manager of systemd's with the unit of deploy/systemd: systemd as users have it, for the
 * machine has its own or none. It has a mount namespace, for it wants to see that systemd has
 * booted the machine, and a control group of its own.
 */
public final class Systemd implements AutoCloseable {
  public static final String UNIT = "criu-lazy.service";

  /** Of the daemon; there is no journald. */
  private static final String LOG = "daemon.log";

  private static final String SCRIPT =
      "mount -t tmpfs none /run && mkdir -p /run/systemd/system || exit 1;"
          + " for tree in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do"
          + "  [ ! -e $tree/cgroup.procs ] || { mkdir -p $tree/$1; echo $$ > $tree/$1/cgroup.procs; };"
          + " done; exec \"$2\" --user --log-target=console";

  private final RunningProgram manager;
  private final Path directory;
  private final String group;
  private final ResidentControl control;

  private Systemd(RunningProgram manager, Path directory, String group) {
    this.manager = manager;
    this.directory = directory;
    this.group = group;
    this.control = new ResidentControl(directory.resolve("criu-lazy/control.sock"), this::output);
  }

  /**
   * Starts one that knows the unit, with another program, socket and nothing that needs more
   * rights.
   */
  public static Systemd start(Path scratch) throws IOException {
    Path directory = Copy.workDirectory(scratch, "systemd");
    Path units = Files.createDirectories(directory.resolve("config/systemd/user"));
    Files.copy(
        Requirement.repository().resolve("deploy/systemd").resolve(UNIT), units.resolve(UNIT));
    Files.writeString(units.resolve("default.target"), "[Unit]\nDescription=nothing\n");
    Files.writeString(
        Files.createDirectory(units.resolve(UNIT + ".d")).resolve("test.conf"),
        """
        [Service]
        ExecStart=
        ExecStart=%s daemon --control %s
        OOMScoreAdjust=0
        StandardError=append:%s
        """
            .formatted(
                Requirement.DISTRIBUTION.path().resolve("bin/criu-lazy"),
                directory.resolve("criu-lazy/control.sock"),
                directory.resolve(LOG)));
    String group = "criu-lazy-test-" + ProcessHandle.current().pid();
    List<String> argv =
        List.of(
            "unshare",
            "-m",
            "sh",
            "-c",
            SCRIPT,
            "sh",
            group,
            Requirement.SYSTEMD.path().toString());
    RunningProgram manager =
        RunningProgram.start(directory.resolve("manager.out"), environment(directory), argv);
    manager.awaitUp(
        "systemd is up",
        Budget.ofSeconds(20),
        () -> Files.exists(directory.resolve("systemd/private")));
    return new Systemd(manager, directory, group);
  }

  private static Map<String, String> environment(Path directory) {
    return Map.of(
        "XDG_RUNTIME_DIR", directory.toString(),
        "XDG_CONFIG_HOME", directory.resolve("config").toString());
  }

  /** Runs {@code systemctl}. */
  public String control(String... arguments) {
    List<String> argv =
        new ArrayList<>(
            List.of("nsenter", "-m", "-t", Long.toString(manager.pid()), "systemctl", "--user"));
    argv.addAll(List.of(arguments));
    Command.Outcome outcome =
        Command.run(Path.of("/"), Budget.ofSeconds(60), environment(directory), argv);
    if (outcome.exitCode() != 0) {
      throw new AssertionError(argv + ": " + outcome.output() + output());
    }
    return outcome.output();
  }

  /** The daemon's pid; 0 if there is none. */
  public long mainPid() {
    return Long.parseLong(control("show", "-p", "MainPID", "--value", UNIT).trim());
  }

  /** Waits until the daemon's pid is right. */
  public void awaitMainPid(String what, LongPredicate right) {
    Budget.ofSeconds(30).await(what, () -> right.test(mainPid()), this::output);
  }

  /** Waits until the daemon, or systemd, has said something. */
  public void awaitOutput(String text) {
    Budget.ofSeconds(20).await("it says: " + text, () -> output().contains(text), this::output);
  }

  /** Sends a signal by its name, without SIG. */
  public static void signal(String name, long pid) {
    Sessions.signal(name, pid);
  }

  /** Waits until restores can be prepared. */
  public void awaitServing() {
    control.awaitServing(Budget.ofSeconds(20));
  }

  /** Has the daemon serve a restore of the images in a work directory. */
  public void prepare(Path images, Path work) {
    control.prepare(images, work, Optional.empty());
  }

  /** What the manager and its units have said. */
  public String output() {
    Path log = directory.resolve(LOG);
    return manager.output() + (Files.exists(log) ? Command.text(log) : "");
  }

  @Override
  public void close() {
    control.close();
    manager.close();
    for (String tree : List.of("", "systemd/", "unified/")) {
      endGroup(Path.of("/sys/fs/cgroup/" + tree + group));
    }
  }

  /** Nothing may be left in it that the manager has started. */
  private static void endGroup(Path group) {
    if (Files.exists(group)) {
      List<String> argv =
          List.of(
              "sh",
              "-c",
              "for i in 1 2 3 4 5 6 7 8 9; do"
                  + " find \"$1\" -name cgroup.procs -exec cat {} + | xargs -r kill -9;"
                  + " find \"$1\" -depth -type d -exec rmdir {} +; [ -e \"$1\" ] || exit 0;"
                  + " sleep 0.2; done 2>/dev/null; exit 1",
              "sh",
              group.toString());
      Command.run(Path.of("/"), Budget.ofSeconds(20), Map.of(), argv);
    }
  }
}
