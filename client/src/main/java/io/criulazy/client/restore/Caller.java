package io.criulazy.client.restore;

import io.criulazy.client.engine.EngineRefusalException;
import io.criulazy.client.sys.BareProcess;
import io.criulazy.client.trace.ProcTasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * For whom a tree is restored.
 *
 * @param pid whose descriptors it may inherit
 * @param husk a {@link BareProcess} of the caller's, of which the tree is made: its session and its
 *     control groups are the tree's; empty: this process makes one
 * @param detached whether the root's parent is to be who adopts the caller's orphans, and not the
 *     caller
 */
public record Caller(int pid, OptionalInt husk, boolean detached) {
  private static final List<String> NAMESPACES =
      List.of("mnt", "pid", "net", "ipc", "uts", "user", "cgroup");

  /** This process. */
  public static Caller self(boolean detached) {
    return new Caller(ownPid(), OptionalInt.empty(), detached);
  }

  private static int ownPid() {
    return (int) ProcessHandle.current().pid();
  }

  boolean isSelf() {
    return pid == ownPid();
  }

  /** Whether what is restored ends up as children of this process. */
  boolean adopts() {
    return isSelf() && !detached;
  }

  /**
   * Another process that asks this one.
   *
   * @throws EngineRefusalException if this one can't do it in its place: it sees other files or
   *     processes
   * @throws IOException if the husk is not the caller's own
   */
  public static Caller other(int pid, OptionalInt husk, boolean detached) throws IOException {
    if (pid == 0) {
      throw new EngineRefusalException(
          "the caller is in another pid namespace: restore without the daemon");
    }
    for (String kind : NAMESPACES) {
      if (!namespace(pid, kind).equals(namespace(ownPid(), kind))) {
        throw new EngineRefusalException(
            "the caller (pid %d) is in another %s namespace than the daemon: restore without it"
                .formatted(pid, kind));
      }
    }
    if (husk.isPresent() && ProcTasks.parent(husk.getAsInt()) != pid) {
      throw new IOException(
          "process %d is no child of the caller (pid %d)".formatted(husk.getAsInt(), pid));
    }
    if (husk.isEmpty() && !detached) {
      throw new IOException("whoever wants the restored process as a child has to give a husk");
    }
    return new Caller(pid, husk, detached);
  }

  private static Path namespace(int pid, String kind) throws IOException {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + kind));
    } catch (NoSuchFileException e) {
      throw new IOException("the caller (pid " + pid + ") has ended", e);
    }
  }

  /** The process of which the tree is made; it is to be ended. */
  int startHusk() throws IOException {
    return husk.isPresent() ? husk.getAsInt() : BareProcess.start();
  }
}
