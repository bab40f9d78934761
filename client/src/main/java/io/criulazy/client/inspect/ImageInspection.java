package io.criulazy.client.inspect;

import io.criulazy.proto.image.ImageDirectory;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A directory of images.
 *
 * @param chain it, and the directories of its parents up to the oldest
 * @param tasks the tasks asked for, parents before children
 * @param sharedMemories all, by id
 */
public record ImageInspection(
    List<ImageDirectory> chain, List<TaskInspection> tasks, List<SharedMemory> sharedMemories) {

  Stream<PagesFileState> pagesFiles() {
    return Stream.concat(
            tasks.stream().map(TaskInspection::pagesFile),
            sharedMemories.stream().map(SharedMemory::pagesFile))
        .filter(Objects::nonNull);
  }

  /** What stands in the way of a restore, each with what to do; empty when nothing was found. */
  public List<String> problems() {
    return pagesFiles()
        .filter(file -> !file.complete())
        .map(PagesFileState::problem)
        .distinct()
        .toList();
  }
}
