package io.criulazy.proto.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads {@code pstree.img} and {@code core-PID.img}, and checks that they tell of one tree of tasks
 * with ids of their own.
 */
final class TaskTree {
  /** The kernel's PID_MAX_LIMIT. */
  private static final int MAX_PID = 1 << 22;

  private TaskTree() {}

  /** The tasks by pid, parents before children, at least one. */
  static Map<Integer, PstreeEntry> read(Path image) throws IOException {
    try (RecordReader reader = RecordReader.open(image, ImageType.PSTREE)) {
      return read(image, reader);
    }
  }

  static Map<Integer, PstreeEntry> read(Path image, RecordReader reader) throws IOException {
    Map<Integer, PstreeEntry> tasks = new LinkedHashMap<>();
    long offset = reader.offset();
    for (PstreeEntry task = reader.next(PstreeEntry.parser());
        task != null;
        task = reader.next(PstreeEntry.parser())) {
      String wrong = check(task, tasks);
      if (wrong != null) {
        throw new ImageFormatException(image, offset, wrong);
      }
      tasks.put(task.getPid(), task);
      offset = reader.offset();
    }
    if (tasks.isEmpty()) {
      throw new ImageFormatException(image, offset, "truncated: holds no task");
    }
    return tasks;
  }

  /** The task of an entry, with what its core image tells. */
  static ImageTask task(Path image, PstreeEntry entry, RecordReader core) throws IOException {
    long offset = core.offset();
    TaskCoreEntry taskCore = core.only(CoreEntry.parser()).getTc();
    TaskState state = TaskState.of(taskCore.getTaskState());
    if (state == null) {
      throw new ImageFormatException(
          image,
          offset,
          "task state %s of task %d is not known"
              .formatted(Integer.toUnsignedString(taskCore.getTaskState()), entry.getPid()));
    }
    return new ImageTask(
        entry.getPid(),
        entry.getPpid(),
        entry.getPgid(),
        entry.getSid(),
        threads(image, offset, entry, state),
        state,
        taskCore.getComm());
  }

  /** A dead task has none, but criu 4.1.1 records one with an id that it never set. */
  private static List<Integer> threads(Path image, long offset, PstreeEntry entry, TaskState state)
      throws ImageFormatException {
    if (!state.hasMemory()) {
      return List.of();
    }
    for (int thread : entry.getThreadsList()) {
      if (!isPid(thread)) {
        throw new ImageFormatException(
            image,
            offset,
            "thread id %s of task %d is impossible"
                .formatted(Integer.toUnsignedString(thread), entry.getPid()));
      }
    }
    return entry.getThreadsList();
  }

  private static String check(PstreeEntry task, Map<Integer, PstreeEntry> before) {
    if (!isPid(task.getPid())) {
      return "pid %s is impossible".formatted(Integer.toUnsignedString(task.getPid()));
    }
    if (before.containsKey(task.getPid())) {
      return "pid %d is there twice".formatted(task.getPid());
    }
    if (task.getPpid() == 0) {
      return before.isEmpty() ? null : "task %d is a second root".formatted(task.getPid());
    }
    return before.containsKey(task.getPpid())
        ? null
        : "parent %s of task %d is not in front of it"
            .formatted(Integer.toUnsignedString(task.getPpid()), task.getPid());
  }

  private static boolean isPid(int id) {
    return id > 0 && id <= MAX_PID;
  }
}
