package io.criulazy.client.restore;

import io.criulazy.client.sys.ChildProcess;
import io.criulazy.proto.image.ImageTask;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a failed restore has left: processes that were killed and that nobody has waited for. */
final class Remains {
  private static final long STEP_MS = 5;
  private static final int STEPS = 400;

  private Remains() {}

  /**
   * Reaps those of the tasks that have become children of this process, and gives init the time to
   * reap the others, so that their pids are free for the next restore. Takes 2 s at most: in a pid
   * namespace of their own they have other pids, which are somebody else's here.
   */
  static void reap(List<ImageTask> tasks) {
    List<Integer> left = new ArrayList<>(tasks.stream().map(ImageTask::pid).toList());
    try {
      for (int i = 0; i < STEPS && !left.isEmpty(); i++) {
        left.removeIf(Remains::isGone);
        if (!left.isEmpty()) {
          Thread.sleep(STEP_MS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isGone(int pid) {
    return ChildProcess.reap(pid) && !Files.exists(Path.of("/proc", Integer.toString(pid)));
  }
}
