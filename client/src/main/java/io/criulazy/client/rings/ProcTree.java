package io.criulazy.client.rings;

import io.criulazy.client.trace.ProcTasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The processes of a tree that have memory, as /proc tells: a look that stops nobody. */
final class ProcTree {
  private ProcTree() {}

  /** The root first. A process that ends meanwhile may be missing. */
  static List<Integer> pids(int root) throws IOException {
    List<Integer> pids = new ArrayList<>(List.of(root));
    for (int i = 0; i < pids.size(); i++) {
      for (int tid : FoundProcess.userThreads(pids.get(i))) {
        addChildren(pids.get(i), tid, pids);
      }
    }
    return pids;
  }

  private static void addChildren(int pid, int tid, List<Integer> pids) throws IOException {
    try {
      for (int child : ProcTasks.children(pid, tid)) {
        if (Files.exists(Path.of("/proc/" + child + "/exe"))) {
          pids.add(child);
        }
      }
    } catch (NoSuchFileException e) {
      // The thread has ended, and its children are another one's.
    }
  }
}
