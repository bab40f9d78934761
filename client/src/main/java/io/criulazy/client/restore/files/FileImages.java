package io.criulazy.client.restore.files;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.proto.image.ImageTask;
import io.criulazy.proto.image.ProcessImages;
import io.criulazy.proto.image.files.FdInfo;
import io.criulazy.proto.image.files.Fifo;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.PathRemap;
import io.criulazy.proto.image.files.RegularFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the images tell of open files, read at once: what is damaged is found before anything is
 * made.
 */
final class FileImages {
  private static final int FD_CLOEXEC = 1;
  private static final int MAX_FD = 1 << 24;

  private final ImageSet images;
  private final Set<String> unknown = new LinkedHashSet<>();
  private final ProcessImages records;
  private final Map<Integer, FileRecord> files = new LinkedHashMap<>();
  private final Map<Integer, List<Slot>> slots = new LinkedHashMap<>();
  private final Map<Integer, Integer> firstFree = new LinkedHashMap<>();
  private final Map<Integer, Set<Integer>> numbersOf = new HashMap<>();
  private final Map<Integer, Integer> taskOfTable = new HashMap<>();
  private final Set<Integer> sharedTables = new HashSet<>();

  private FileImages(ImageSet images) {
    this.images = images;
    this.records = new ProcessImages(images.chain().get(0), unknown::add);
  }

  static FileImages read(ImageSet images) throws IOException {
    FileImages all = new FileImages(images);
    for (FileRecord file : all.records.files()) {
      all.files.put(file.id(), file);
    }
    for (ImageTask task : images.tasks()) {
      if (task.state().hasMemory()) {
        all.readTask(task.pid());
      }
    }
    return all;
  }

  private void readTask(int pid) throws IOException {
    int table = records.ids(pid).filesId();
    if (taskOfTable.putIfAbsent(table, pid) != null) {
      sharedTables.add(pid);
      return;
    }
    int free = 0;
    Set<Integer> numbers = new HashSet<>();
    for (FdInfo descriptor : records.descriptors(table)) {
      int fd = descriptor.fd();
      FileRecord file = files.get(descriptor.id());
      if (file == null || file.type() != descriptor.type() || fd < 0 || fd > MAX_FD) {
        throw new IOException(
            "%s: fdinfo-%d.img has fd %s, of file %d, which files.img does not have"
                .formatted(
                    images.directory(), table, Integer.toUnsignedString(fd), descriptor.id()));
      }
      boolean closeOnExec = (descriptor.flags() & FD_CLOEXEC) != 0;
      slots
          .computeIfAbsent(descriptor.id(), id -> new ArrayList<>())
          .add(new Slot(pid, fd, closeOnExec));
      if (!numbers.add(fd)) {
        throw new IOException(
            "%s: fdinfo-%d.img has fd %d twice".formatted(images.directory(), table, fd));
      }
      free = Math.max(free, fd + 1);
    }
    firstFree.put(pid, free);
    numbersOf.put(pid, numbers);
  }

  ImageSet images() {
    return images;
  }

  ProcessImages records() {
    return records;
  }

  /** What the images read so far tell and no record has a place for, a clause each. */
  Set<String> unknown() {
    return unknown;
  }

  /** A file by its id, or null. */
  FileRecord file(int id) {
    return files.get(id);
  }

  /** The path and flags of a fifo. */
  RegularFile path(Fifo fifo) throws IOException {
    FileRecord file = files.get(fifo.regularFileId().orElse(fifo.id()));
    return Optional.ofNullable(file)
        .flatMap(FileRecord::regular)
        .orElseThrow(
            () ->
                new IOException(
                    "%s: files.img has no path of fifo %d"
                        .formatted(images.directory(), fifo.id())));
  }

  /** Whether a task has descriptors of all these numbers. */
  boolean hasAll(int pid, Set<Integer> numbers) {
    return numbersOf.get(pid).containsAll(numbers);
  }

  /** All files that a descriptor stands for. */
  List<OpenFile> openFiles() {
    List<OpenFile> open = new ArrayList<>();
    slots.forEach((id, places) -> open.add(new OpenFile(files.get(id), places)));
    return open;
  }

  /** Of each task, a number from which on no recorded descriptor is. */
  Map<Integer, Integer> firstFree() {
    return firstFree;
  }

  /** Tasks that share the descriptors of one before them. */
  Set<Integer> sharedTables() {
    return sharedTables;
  }

  /** Ids of files whose path leads to them no more. */
  Set<Integer> remapped() throws IOException {
    Set<Integer> ids = new HashSet<>();
    for (PathRemap remap : records.remaps()) {
      ids.add(remap.id());
    }
    return ids;
  }
}
