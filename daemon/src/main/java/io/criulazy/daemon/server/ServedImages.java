package io.criulazy.daemon.server;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.PagesFile;
import io.criulazy.proto.index.SeekIndex;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An image set whose indexes are all there, and whose files are looked at from time to time while
 * they are served. Does not own the set: whoever uses this holds a reference to it. Safe for any
 * number of threads.
 */
public final class ServedImages {
  private static final long CHECK_INTERVAL_NS = 100_000_000;

  private final ImageSet images;
  private final Map<Long, SeekIndex> tasks;
  private final AtomicLong checkedNs = new AtomicLong(System.nanoTime());

  private ServedImages(ImageSet images, Map<Long, SeekIndex> tasks) {
    this.images = images;
    this.tasks = tasks;
  }

  /**
   * Makes the indexes of all tasks.
   *
   * @throws IOException if an image is missing or damaged
   */
  public static ServedImages of(ImageSet images) throws IOException {
    Map<Long, SeekIndex> tasks = new LinkedHashMap<>();
    for (long task : images.taskIds()) {
      tasks.put(task, images.index(task));
    }
    return new ServedImages(images, Collections.unmodifiableMap(tasks));
  }

  /** The set. */
  public ImageSet images() {
    return images;
  }

  /** A task's index, or null if there is none with memory of that pid. */
  SeekIndex task(long pid) {
    return tasks.get(pid);
  }

  PagesFile pagesFile(SeekIndex index, int entry) {
    return images.pagesFile(index.file(entry));
  }

  /**
   * Checks the pages files, if nobody has within the last 100 ms.
   *
   * @throws io.criulazy.daemon.store.ChangedImageException if one is not what it was
   */
  void verify() throws IOException {
    long last = checkedNs.get();
    long now = System.nanoTime();
    if (now - last >= CHECK_INTERVAL_NS && checkedNs.compareAndSet(last, now)) {
      try {
        images.verifyUnchanged();
      } catch (IOException e) {
        checkedNs.set(last);
        throw e;
      }
    }
  }
}
