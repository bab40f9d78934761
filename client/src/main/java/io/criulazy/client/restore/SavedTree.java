package io.criulazy.client.restore;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.proto.image.ImageTask;
import io.criulazy.proto.image.ProcessImages;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.memory.SysvSegment;
import io.criulazy.proto.image.tree.Inventory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * All that the images tell of a tree, but for the pages, read at once: what is damaged is found
 * before anything is made.
 *
 * @param images open; held by the caller
 * @param tasks those that live, parents before their children
 * @param dead zombies
 * @param files open and mapped files by their ids
 * @param segments System V shared memory
 * @param unknown what images tell and is not read here, a clause each
 */
record SavedTree(
    ImageSet images,
    ProcessImages records,
    Inventory inventory,
    List<SavedTask> tasks,
    List<ImageTask> dead,
    Map<Integer, FileRecord> files,
    List<SysvSegment> segments,
    Set<String> unknown) {

  static SavedTree read(ImageSet images) throws IOException {
    Set<String> unknown = new LinkedHashSet<>();
    ProcessImages records = new ProcessImages(images.chain().get(0), unknown::add);
    List<SavedTask> tasks = new ArrayList<>();
    List<ImageTask> dead = new ArrayList<>();
    for (ImageTask task : images.tasks()) {
      if (task.state().hasMemory()) {
        tasks.add(SavedTask.read(records, task));
      } else {
        dead.add(task);
      }
    }
    Map<Integer, FileRecord> files = new HashMap<>();
    for (FileRecord file : records.files()) {
      files.put(file.id(), file);
    }
    return new SavedTree(
        images,
        records,
        records.inventory(),
        tasks,
        dead,
        files,
        tasks.isEmpty() ? List.of() : segments(records, tasks.get(0)),
        unknown);
  }

  /** All tasks are in one namespace, or refused. */
  private static List<SysvSegment> segments(ProcessImages records, SavedTask root)
      throws IOException {
    OptionalInt namespace = root.ids().ipcNsId();
    return namespace.isPresent() ? records.sysvSegments(namespace.getAsInt()) : List.of();
  }

  SavedTask root() {
    return tasks.get(0);
  }

  /** Whether there is a task of that pid that lives. */
  boolean hasTask(int pid) {
    return tasks.stream().anyMatch(task -> task.pid() == pid);
  }

  /** The file of an id. */
  FileRecord file(int id) throws IOException {
    FileRecord file = files.get(id);
    if (file == null) {
      throw new IOException(
          "%s: files.img has no file %d, which a task uses".formatted(images.directory(), id));
    }
    return file;
  }

  /** The path of a file that has one. */
  String path(int id) throws IOException {
    FileRecord file = file(id);
    return file.regular()
        .orElseThrow(
            () ->
                new IOException(
                    "%s: file %d is no regular file but %s"
                        .formatted(images.directory(), id, file.typeName())))
        .name();
  }
}
