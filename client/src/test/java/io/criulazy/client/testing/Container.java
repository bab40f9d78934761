package io.criulazy.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A victim as the init of a container of runc, with a root of its own and a statically linked
 * program. runc starts the criu that it finds in PATH. Closing it removes the container.
 */
public final class Container implements AutoCloseable {
  private static final String ID = "criu-lazy-it";

  /** The least that runc runs; resources are left out, since the cgroups of the host differ. */
  private static final String CONFIG =
      """
      {
        "ociVersion": "1.0.2",
        "process": {
          "terminal": false, "user": {"uid": 0, "gid": 0}, "cwd": "/",
          "args": [%s], "env": ["PATH=/"]
        },
        "root": {"path": "rootfs", "readonly": false},
        "hostname": "lazy",
        "mounts": [
          {"destination": "/proc", "type": "proc", "source": "proc"},
          {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["mode=755"]}
        ],
        "linux": {
          "namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}]
        }
      }
      """;

  private final Path bundle;
  private final Verdict verdict;

  private Container(Path bundle) {
    this.bundle = bundle;
    this.verdict = new Verdict(bundle.resolve("rootfs/verdict"));
  }

  /**
   * Starts a container with a program of src/test/c and waits until it is ready.
   *
   * @param bundle an empty directory
   */
  public static Container start(Path bundle, String program, String... options) {
    try {
      Path root = Files.createDirectories(bundle.resolve("rootfs"));
      for (String directory : List.of("proc", "dev")) {
        Files.createDirectory(root.resolve(directory));
      }
      Files.copy(CProgram.buildStatic(program), root.resolve(program));
      Path programs = Files.createDirectory(bundle.resolve("bin"));
      Path criu = programs.resolve("criu");
      Files.writeString(criu, "#!/bin/sh\nexec " + Requirement.CRIU.path() + " \"$@\"\n");
      Files.setPosixFilePermissions(criu, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.writeString(bundle.resolve("config.json"), config(program, options));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Container container = new Container(bundle);
    container.runDetached("run", List.of());
    Budget.ofSeconds(30)
        .await("the container is ready", container.verdict::ready, container.verdict::toString);
    return container;
  }

  private static String config(String program, String... options) {
    List<String> args = new ArrayList<>(List.of("/" + program, "/verdict"));
    args.addAll(List.of(options));
    return String.format(CONFIG, "\"" + String.join("\", \"", args) + "\"");
  }

  /** {@code runc checkpoint}: the container is gone afterwards. */
  public void checkpoint(Path images, Path work) {
    List<String> argv = runc("checkpoint", paths(images, work));
    Command.Outcome outcome = Command.run(bundle, Budget.ofSeconds(60), path(), argv);
    mustSucceed(outcome, work.resolve("dump.log"));
  }

  /** {@code runc restore -d --lazy-pages}. */
  public void restoreLazily(Path images, Path work) {
    List<String> options = new ArrayList<>(paths(images, work));
    options.add("--lazy-pages");
    runDetached("restore", options);
  }

  /** Lets the program use its memory. */
  public void go() {
    verdict.command(1);
  }

  /** Waits until the program has verified all of its memory, and fails unless all was right. */
  public void awaitUnharmed(Budget budget) {
    budget.await("the program has verified its memory", verdict::done, verdict::toString);
    verdict.mustBeClean();
  }

  /**
   * stdio has to be /dev/null: criu dumps no file of the host's mounts. What runc says is in --log.
   */
  private void runDetached(String action, List<String> options) {
    Path log = bundle.resolve("runc.log");
    List<String> argv = runc(action, options);
    argv.addAll(1, List.of("--log", log.toString()));
    argv.add(argv.size() - 1, "-d");
    int exitCode = Command.runSilently(bundle, Budget.ofSeconds(60), path(), argv);
    mustSucceed(
        new Command.Outcome(exitCode, Command.text(log)), bundle.resolve("work/restore.log"));
  }

  private static void mustSucceed(Command.Outcome outcome, Path criuLog) {
    if (outcome.exitCode() != 0) {
      throw new AssertionError(
          "runc exited with "
              + outcome.exitCode()
              + "\n"
              + outcome.output()
              + Command.text(criuLog));
    }
  }

  private List<String> runc(String action, List<String> options) {
    List<String> argv =
        new ArrayList<>(List.of("runc", "--root", bundle.resolve("state").toString(), action));
    argv.addAll(options);
    argv.add(ID);
    return argv;
  }

  private static List<String> paths(Path images, Path work) {
    return List.of("--image-path", images.toString(), "--work-path", work.toString());
  }

  private Map<String, String> path() {
    return Map.of("PATH", bundle.resolve("bin") + ":" + System.getenv("PATH"));
  }

  @Override
  public void close() {
    Command.run(bundle, Budget.ofSeconds(20), path(), runc("delete", List.of("-f")));
  }
}
