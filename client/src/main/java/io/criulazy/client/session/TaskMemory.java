package io.criulazy.client.session;

import io.criulazy.client.fault.AddressSpace;
import io.criulazy.client.journal.ImageFiles;
import io.criulazy.client.source.ArrivalListener;
import io.criulazy.client.source.ImageSource;
import io.criulazy.client.source.PageSource;
import io.criulazy.client.source.RemotePages;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.proto.image.Vma;
import io.criulazy.proto.index.SeekIndex;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The memory of the tasks of one checkpoint: what is due to each, and where it comes from.
 *
 * <p>Everything is read and checked when it is made: once a task's userfaultfd has come it is too
 * late to find that its image is damaged.
 */
final class TaskMemory implements AutoCloseable {
  private final ImageSet images;
  private final Map<Long, List<Vma>> vmas = new HashMap<>();
  private final Map<Long, PageSource> sources = new HashMap<>();

  private final Optional<RemotePages> remote;
  private final long indexEntries;
  private final String identity;

  /**
   * @param images open; held by the caller as long as pages are delivered
   * @param remote where the pages come from if they are not those of the images; owned by this
   * @throws IOException if an image is missing or damaged
   */
  TaskMemory(ImageSet images, Optional<RemotePages> remote) throws IOException {
    this.images = images;
    this.remote = remote;
    long entries = 0;
    for (long pid : images.taskIds()) {
      List<Vma> lazy = images.memoryMap(pid).vmas().stream().filter(Vma::canBeLazy).toList();
      vmas.put(pid, lazy);
      sources.put(
          pid,
          remote.isPresent()
              ? remote.get().source(pid, images.index(pid))
              : new ImageSource(images, pid));
      addressSpace(pid);
      entries += images.index(pid).entryCount();
    }
    indexEntries = entries;
    identity = ImageFiles.of(images);
  }

  /**
   * What is due to a task, in a model that the caller owns: each page that the image marks as lazy,
   * which is what criu leaves out.
   *
   * @param pid the task's pid in the images
   * @throws IOException if there is no such task, or a lazy page lies where no memory can be lazy
   */
  AddressSpace addressSpace(long pid) throws IOException {
    require(pid);
    AddressSpace space = new AddressSpace();
    SeekIndex index = images.index(pid);
    long pages = 0;
    for (Vma vma : vmas.get(pid)) {
      space.addRange(vma.start(), vma.end(), vma.isWipedOnFork());
      pages += markLazy(space, index, vma);
    }
    if (pages != index.lazyPageCount()) {
      throw new IOException(
          "%s: the pagemap of task %d has %d lazy pages outside of memory that can be lazy; was the image damaged?"
              .formatted(images.directory(), pid, index.lazyPageCount() - pages));
    }
    return space;
  }

  private static long markLazy(AddressSpace space, SeekIndex index, Vma vma) {
    long pages = 0;
    for (int entry = index.ceiling(vma.start());
        entry < index.entryCount() && index.start(entry) < vma.end();
        entry++) {
      if (index.lazy(entry)) {
        long start = Math.max(index.start(entry), vma.start());
        long end = Math.min(index.end(entry), vma.end());
        space.markDue(start, end);
        pages += (end - start) / SeekIndex.PAGE_BYTES;
      }
    }
    return pages;
  }

  /** What the image files were when they were opened: see {@link ImageFiles}. */
  String identity() {
    return identity;
  }

  /** How many ranges the indexes of all tasks have. */
  long indexEntries() {
    return indexEntries;
  }

  /** Where a task's pages come from. */
  PageSource source(long pid) throws IOException {
    require(pid);
    return sources.get(pid);
  }

  /** From now on this one hears of pages that were announced as coming. */
  void onArrival(ArrivalListener listener) {
    remote.ifPresent(pages -> pages.onArrival(listener));
  }

  /** Everything has been delivered. */
  void finish() {
    remote.ifPresent(RemotePages::finish);
  }

  /** Nothing is delivered any more. */
  @Override
  public void close() {
    remote.ifPresent(RemotePages::close);
  }

  private void require(long pid) throws IOException {
    if (!sources.containsKey(pid)) {
      throw new IOException(
          "%s has no task %d: do criu restore and this daemon use the same images?"
              .formatted(images.directory(), pid));
    }
  }
}
