package io.criulazy.client.dump;

import io.criulazy.client.sys.Kcmp;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Processes of a tree, and threads of a process, that share other things than usual. */
final class SharedState {
  private static final Map<Integer, String> KINDS =
      Map.of(
          Kcmp.VM, "memory",
          Kcmp.FILES, "descriptors",
          Kcmp.FS, "working directory",
          Kcmp.SIGHAND, "signal actions");

  private SharedState() {}

  /** Refuses processes that share something, which clone(2) can make. */
  static void check(List<Integer> pids, Refusals refusals) throws IOException {
    for (int i = 0; i < pids.size(); i++) {
      for (int j = i + 1; j < pids.size(); j++) {
        for (Map.Entry<Integer, String> kind : KINDS.entrySet()) {
          if (Kcmp.isSame(pids.get(i), pids.get(j), kind.getKey(), 0, 0)) {
            refusals.add(
                "processes %d and %d share their %s"
                    .formatted(pids.get(i), pids.get(j), kind.getValue()));
          }
        }
      }
    }
  }

  /** Refuses a thread that does not share what threads do, which unshare(2) can make. */
  static void checkThread(int pid, int tid, Refusals refusals) throws IOException {
    for (int kind : List.of(Kcmp.FILES, Kcmp.FS)) {
      if (!Kcmp.isSame(pid, tid, kind, 0, 0)) {
        refusals.add(
            "thread %d of process %d has %s of its own".formatted(tid, pid, KINDS.get(kind)));
      }
    }
  }
}
