package io.criulazy.client.restore.files;

import io.criulazy.daemon.store.ImageSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The open files of a dumped tree, to be put back into stopped processes that have none.
 *
 * <p>In this order: {@link #plan}; {@link #refusals}; when all tasks exist, and before any of them
 * gives up its privileges, its root directory or gets its resource limits, {@link #restore}; when
 * all memory is mapped, directly before they run, {@link #finish}. Used by one thread.
 */
public final class OpenFiles implements AutoCloseable {
  private final FileImages images;
  private final Plan plan;
  private final MemfdStore memfds;
  private Husks husks;

  private OpenFiles(FileImages images) throws IOException {
    this.images = images;
    this.plan = new Plan(images.firstFree().keySet(), images.remapped());
    this.memfds = new MemfdStore(images);
  }

  /**
   * Reads the images and looks at the paths that they name. Nothing is touched.
   *
   * @param images open; held by the caller
   * @param inheritance what is taken from this process
   */
  public static OpenFiles plan(ImageSet images, Inheritance inheritance) throws IOException {
    OpenFiles files = new OpenFiles(FileImages.read(images));
    new Planner(files.plan, files.images, files.memfds, inheritance).planAll();
    FileLocks.plan(files.plan, files.images, files.images.records().fileLocks());
    return files;
  }

  /** Why these files can't be put back, all causes at once; none if they can. */
  public List<String> refusals() {
    List<String> all = new ArrayList<>(plan.refusals());
    images.unknown().forEach(clause -> all.add(clause + ", which it does not know"));
    return all;
  }

  /**
   * What leads to a memfd that a mapping is of, to be opened while this is open.
   *
   * @param fileId {@link io.criulazy.proto.image.memory.VmArea#shmid} of the mapping
   */
  public String memfdPath(int fileId) throws IOException {
    return memfds.path(fileId);
  }

  /**
   * Makes all files. If it fails the tasks have to be ended.
   *
   * @param tasks all of the tree that have memory
   */
  public void restore(List<? extends HuskCalls> tasks) throws IOException {
    husks = new Husks(tasks, images.firstFree());
    husks.prepare();
    for (Making making : plan.makings()) {
      making.make(husks);
    }
    for (Making making : plan.makings()) {
      making.connect(husks);
    }
  }

  /** Arms timers, seals memfds, forgets the events that the restore itself has caused. */
  public void finish() throws IOException {
    for (Making making : plan.makings()) {
      making.finish(husks);
    }
    memfds.seal();
  }

  /** Closes what this process holds meanwhile. */
  @Override
  public void close() {
    memfds.close();
  }
}
