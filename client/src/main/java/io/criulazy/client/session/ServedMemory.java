package io.criulazy.client.session;

import io.criulazy.client.source.RemoteImages;
import io.criulazy.client.source.RemotePages;
import io.criulazy.client.source.SourceStatistics;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.SharedImages;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The memory of one resident restore's tasks, for as long as it is served. */
final class ServedMemory implements AutoCloseable {
  private final TaskMemory memory;
  private final Runnable release;

  private ServedMemory(TaskMemory memory, Runnable release) {
    this.memory = memory;
    this.release = release;
  }

  /** Shared with all restores of the same images. */
  static ServedMemory here(SharedImages<TaskMemory> images, Path directory) throws IOException {
    SharedImages<TaskMemory>.Lease lease = images.open(directory);
    return new ServedMemory(lease.value(), lease::close);
  }

  /**
   * From page servers: the images' other files are shared, the connections are this one's own.
   *
   * @param workDir has room for pages that a server gives only once
   * @param patience how long servers that can't be reached are tried again
   * @throws IOException if there are no such images, or no server has their pages
   */
  static ServedMemory elsewhere(
      SharedImages<ImageSet> images,
      Path directory,
      RemoteImages remote,
      Path workDir,
      SourceStatistics statistics,
      Duration patience)
      throws IOException {
    SharedImages<ImageSet>.Lease lease = images.open(directory);
    RemotePages pages = null;
    try {
      pages = remote.connect(lease.value(), workDir, statistics, patience);
      TaskMemory memory = new TaskMemory(lease.value(), Optional.of(pages));
      return new ServedMemory(
          memory,
          () -> {
            memory.close();
            lease.close();
          });
    } catch (IOException | RuntimeException | Error e) {
      if (pages != null) {
        pages.close();
      }
      lease.close();
      throw e;
    }
  }

  TaskMemory memory() {
    return memory;
  }

  /** Nothing is delivered any more. */
  @Override
  public void close() {
    release.run();
  }
}
