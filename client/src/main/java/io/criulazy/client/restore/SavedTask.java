package io.criulazy.client.restore;

import io.criulazy.proto.image.ImageTask;
import io.criulazy.proto.image.ProcessImages;
import io.criulazy.proto.image.files.FdInfo;
import io.criulazy.proto.image.memory.Mm;
import io.criulazy.proto.image.task.Core;
import io.criulazy.proto.image.task.FsContext;
import io.criulazy.proto.image.task.TaskCore;
import io.criulazy.proto.image.tree.KernelObjectIds;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that the images tell of one task that lives, but for its pages.
 *
 * @param task its place in the tree
 * @param core the task's own image
 * @param threads the images of all threads by tid, the leader's first
 * @param ids what it shares
 */
record SavedTask(
    ImageTask task,
    Core core,
    Map<Integer, Core> threads,
    Mm mm,
    FsContext fs,
    KernelObjectIds ids,
    List<FdInfo> descriptors) {

  static SavedTask read(ProcessImages images, ImageTask task) throws IOException {
    Map<Integer, Core> threads = new LinkedHashMap<>();
    for (int tid : task.threads()) {
      Core core = images.core(tid);
      requireWhole(tid, core, tid == task.pid());
      threads.put(tid, core);
    }
    KernelObjectIds ids = images.ids(task.pid());
    return new SavedTask(
        task,
        images.core(task.pid()),
        threads,
        images.mm(task.pid()),
        images.fs(task.pid()),
        ids,
        images.descriptors(ids.filesId()));
  }

  /** Another machine's is refused elsewhere. */
  private static void requireWhole(int tid, Core core, boolean leader) throws IOException {
    boolean whole =
        core.thread().isPresent()
            && core.threadInfo().isPresent()
            && (!leader || core.task().isPresent());
    if (core.machine() == Core.X86_64 && !whole) {
      throw new IOException("core-%d.img does not tell all of its thread".formatted(tid));
    }
  }

  int pid() {
    return task.pid();
  }

  TaskCore taskCore() {
    return core.task().orElseThrow();
  }
}
