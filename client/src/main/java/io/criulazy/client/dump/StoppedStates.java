package io.criulazy.client.dump;

import io.criulazy.client.dump.proc.ProcStat;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** Which processes a signal had stopped: once they are traced that can't be seen any more. */
final class StoppedStates {
  private final Set<Integer> stopped = new HashSet<>();

  private StoppedStates() {}

  static StoppedStates of(int rootPid) throws IOException {
    StoppedStates states = new StoppedStates();
    states.look(rootPid);
    return states;
  }

  private void look(int pid) throws IOException {
    try {
      if (ProcStat.of(pid).state() == 'T') {
        stopped.add(pid);
      }
      for (int child : TreeSurvey.children(pid)) {
        look(child);
      }
    } catch (java.nio.file.NoSuchFileException e) {
      // It has ended meanwhile.
    }
  }

  boolean contains(int pid) {
    return stopped.contains(pid);
  }
}
