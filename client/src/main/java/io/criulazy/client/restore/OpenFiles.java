package io.criulazy.client.restore;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.FdInfo;
import io.criulazy.proto.image.files.FileRecord;
import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The open files of a tree. The factory opens each once, under a number that no task uses, and all
 * tasks inherit them: so descriptions stay shared.
 */
final class OpenFiles {
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final long LAST_FD = 0xFFFF_FFFFL;
  private static final int FD_CLOEXEC = 1;
  private static final int O_CLOEXEC = 0x80000;

  private final SavedTree tree;
  private final int firstOurs;

  /** By file id, the factory's descriptor. */
  private final Map<Integer, Long> open = new LinkedHashMap<>();

  OpenFiles(SavedTree tree) {
    this.tree = tree;
    this.firstOurs =
        1
            + tree.tasks().stream()
                .flatMap(task -> task.descriptors().stream())
                .mapToInt(FdInfo::fd)
                .max()
                .orElse(0);
  }

  /** Opens all of them in the factory. */
  void open(Workshop factory) throws IOException {
    Map<Integer, FileRecord> used = new TreeMap<>();
    for (SavedTask task : tree.tasks()) {
      for (FdInfo descriptor : task.descriptors()) {
        used.put(descriptor.id(), tree.file(descriptor.id()));
      }
    }
    FileOpener opener = new FileOpener(factory, tree);
    for (FileRecord file : inOrder(used)) {
      open.put(file.id(), moved(factory, opener.open(file)));
    }
    opener.close();
  }

  private static Iterable<FileRecord> inOrder(Map<Integer, FileRecord> used) {
    Stream<FileRecord> files = used.values().stream();
    return files.sorted(Comparator.comparingInt(FileRecord::id))::iterator;
  }

  /** Out of the way of the numbers that tasks use. */
  private long moved(Workshop factory, long fd) throws IOException {
    long ours =
        factory.must("fcntl(F_DUPFD)", SyscallNumbers.FCNTL, fd, F_DUPFD_CLOEXEC, firstOurs);
    factory.must("close", SyscallNumbers.CLOSE, fd);
    return ours;
  }

  /** Gives a task its numbers. It has inherited the factory's. */
  void install(Workshop task, SavedTask saved) throws IOException {
    for (FdInfo descriptor : saved.descriptors()) {
      task.must(
          "dup3 to " + descriptor.fd(),
          SyscallNumbers.DUP3,
          open.get(descriptor.id()),
          descriptor.fd(),
          (descriptor.flags() & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0);
    }
    task.must("close_range", SyscallNumbers.CLOSE_RANGE, firstOurs, LAST_FD, 0);
    EpollSets.fill(task, saved, tree);
  }

  /** The first number that no task uses. */
  int firstOurs() {
    return firstOurs;
  }
}
