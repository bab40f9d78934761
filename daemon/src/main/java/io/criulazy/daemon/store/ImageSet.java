package io.criulazy.daemon.store;

import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.image.ImageTask;
import io.criulazy.proto.image.MemoryMap;
import io.criulazy.proto.index.PagemapKind;
import io.criulazy.proto.index.SeekIndex;
import io.criulazy.proto.index.SeekIndexLoader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An opened image with its parents: the tasks, and of each the memory map, the index of its pages
 * and the files that they are in.
 *
 * <p>Reference-counted: the opener holds one reference, {@link #retain} takes another, {@link
 * #close} gives one back, and with the last one all files are closed and unmapped. Every method
 * needs a reference that is held until it returns; {@link PagesFile}s and addresses of their
 * mappings are void after the last close, indexes and memory maps are not. Safe for any number of
 * threads.
 */
public final class ImageSet implements AutoCloseable {
  private final List<ImageDirectory> chain;
  private final List<ImageTask> tasks;
  private final List<Long> taskIds;
  private final PagesFileTable pagesFiles = new PagesFileTable();
  private final IndexCache indexes =
      new IndexCache((kind, id) -> SeekIndexLoader.load(chain(), pagesFiles, kind, id));
  private final AtomicInteger references = new AtomicInteger(1);

  ImageSet(List<ImageDirectory> chain, List<ImageTask> tasks) {
    this.chain = chain;
    this.tasks = tasks;
    this.taskIds =
        tasks.stream()
            .filter(task -> task.state().hasMemory())
            .map(task -> (long) task.pid())
            .toList();
  }

  /** The image directory, links resolved. */
  public Path directory() {
    return chain.get(0).path();
  }

  /** The image directory and its parents, youngest first. */
  public List<ImageDirectory> chain() {
    return chain;
  }

  /** All tasks, zombies too, parents before their children. */
  public List<ImageTask> tasks() {
    return tasks;
  }

  /** Pids of the tasks that have memory, in their own pid namespace, in the order of the tree. */
  public List<Long> taskIds() {
    return taskIds;
  }

  /** Ids of the shared memories that have pages, ascending as unsigned numbers. */
  public List<Long> sharedMemoryIds() throws IOException {
    requireOpen();
    return chain.get(0).shmemIds();
  }

  /**
   * The index of a task's pages: made when first asked for, which takes about a second for ten
   * million ranges.
   *
   * @param taskId one of {@link #taskIds}
   * @throws IOException if pagemaps or pages files are missing, damaged or too short
   * @throws IllegalArgumentException if there is no such task, or it has no memory
   */
  public SeekIndex index(long taskId) throws IOException {
    requireOpen();
    requireTask(taskId);
    return indexes.get(PagemapKind.TASK, taskId);
  }

  /** As {@link #index}, of a shared memory; addresses are bytes from its start. */
  public SeekIndex sharedMemoryIndex(long id) throws IOException {
    requireOpen();
    return indexes.get(PagemapKind.SHARED_MEMORY, id);
  }

  /**
   * Makes the index of a task in another thread, and holds a reference meanwhile. {@link #index}
   * returns the same.
   *
   * @param executor runs it
   */
  public CompletableFuture<SeekIndex> prefetchIndex(long taskId, Executor executor) {
    requireTask(taskId);
    ImageSet held = retain();
    try {
      // The copy may be cancelled; what holds the reference always runs to its end.
      return CompletableFuture.supplyAsync(() -> indexAndClose(held, taskId), executor).copy();
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(closeAfter(e));
    }
  }

  private static SeekIndex indexAndClose(ImageSet held, long taskId) {
    try (held) {
      return held.index(taskId);
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private RejectedExecutionException closeAfter(RejectedExecutionException rejected) {
    try {
      close();
    } catch (IOException e) {
      rejected.addSuppressed(e);
    }
    return rejected;
  }

  /**
   * The mappings that a task had.
   *
   * @param taskId one of {@link #taskIds}
   * @throws IOException if the image is missing or damaged
   */
  public MemoryMap memoryMap(long taskId) throws IOException {
    requireOpen();
    requireTask(taskId);
    return MemoryMap.of(chain.get(0).mm(taskId));
  }

  /**
   * A pages file.
   *
   * @param ordinal as {@link SeekIndex#file} of an index of this set tells
   */
  public PagesFile pagesFile(int ordinal) {
    requireOpen();
    return pagesFiles.get(ordinal);
  }

  /** All pages files that the indexes made so far refer to, by ordinal. */
  public List<PagesFile> pagesFiles() {
    requireOpen();
    return pagesFiles.all();
  }

  /**
   * Checks all {@link #pagesFiles}.
   *
   * @throws ChangedImageException if one is not what it was when it was opened
   */
  public void verifyUnchanged() throws IOException {
    for (PagesFile file : pagesFiles()) {
      file.verifyUnchanged();
    }
  }

  /**
   * Takes another reference, to be given back by {@link #close}.
   *
   * @throws IllegalStateException if the last one has been given back
   */
  public ImageSet retain() {
    if (references.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
      throw closedAlready();
    }
    return this;
  }

  /**
   * Gives a reference back; with the last one, all is closed and unmapped.
   *
   * @throws IllegalStateException if there is none left to give back
   */
  @Override
  public void close() throws IOException {
    int before = references.getAndUpdate(count -> Math.max(0, count - 1));
    if (before == 0) {
      throw closedAlready();
    }
    if (before == 1) {
      pagesFiles.close();
    }
  }

  private void requireOpen() {
    if (references.get() == 0) {
      throw closedAlready();
    }
  }

  private IllegalStateException closedAlready() {
    return new IllegalStateException("the image set " + directory() + " is closed");
  }

  private void requireTask(long taskId) {
    if (!taskIds.contains(taskId)) {
      throw new IllegalArgumentException(
          "no task %d with memory in %s; there are %s".formatted(taskId, directory(), taskIds));
    }
  }
}
