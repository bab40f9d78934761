package io.criulazy.daemon.receive;

import io.criulazy.proto.pageserver.PagemapId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One dump on its way: {@link #open}, then {@link #entry} and {@link #pages}, for each image, then
 * {@link #commit}. Closed before that, nothing of it remains. Waits for the disk; one thread at a
 * time.
 */
public final class IncomingDump implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IncomingDump.class);

  private final DumpDirectory directory;
  private final Staging staging;

  /** Complete images: name of the pagemap, name of the pages file. */
  private final Map<String, String> complete = new LinkedHashMap<>();

  private IncomingImage current;
  private PagemapId currentId;

  IncomingDump(DumpDirectory directory, Staging staging) {
    this.directory = directory;
    this.staging = staging;
  }

  /**
   * Begins an image: the one before is complete.
   *
   * @return whether the images before have one of the same id, so that entries may be in it
   */
  public boolean open(PagemapId id) throws IOException {
    finishCurrent();
    Optional<Path> parent = directory.parentPagemap(id);
    String pagemap = DumpDirectory.pagemapName(id);
    int pagesId = directory.newPagesId();
    LOG.debug("receiving {}, parent {}", pagemap, parent.map(Path::toString).orElse("none"));
    current = IncomingImage.create(staging, pagemap, pagesId, parent);
    currentId = id;
    return parent.isPresent();
  }

  /** Whether the images before have one of that id. */
  public boolean hasParent(PagemapId id) throws IOException {
    return directory.parentPagemap(id).isPresent();
  }

  /**
   * Adds a range of pages to an image, which is begun if it is not the current one: old criu does
   * not say so.
   *
   * @param flags of a pagemap entry
   * @throws IOException if no process can have these pages, they do not follow those before, the
   *     flags make no sense, they are to be in the images before and are not, or the disk is full
   */
  public void entry(PagemapId id, long vaddr, long pages, int flags) throws IOException {
    if (!id.equals(currentId)) {
      open(id);
    }
    current.entry(vaddr, pages, flags);
  }

  /** Adds bytes of the pages of the entries added so far, all that remain in the buffer. */
  public void pages(ByteBuffer bytes) throws IOException {
    current.pages(bytes);
  }

  /**
   * That was all. When this returns, the images have their names and are on the disk: first the
   * pages files, then the pagemaps, without which a pages file is nothing.
   *
   * @return how many images there are
   * @throws IOException if it can't be; then there is none of them
   */
  public int commit() throws IOException {
    finishCurrent();
    List<String> names = new ArrayList<>(complete.values());
    names.addAll(complete.keySet());
    staging.publish(names);
    staging.close();
    LOG.info("received {} images into {}", complete.size(), directory.path());
    return complete.size();
  }

  private void finishCurrent() throws IOException {
    if (current != null) {
      IncomingImage image = current;
      current = null;
      currentId = null;
      image.finish();
      complete.put(image.pagemapName(), image.pagesName());
    }
  }

  /** Gives up what was not committed. */
  @Override
  public void close() throws IOException {
    try {
      if (current != null) {
        current.close();
      }
    } finally {
      staging.close();
    }
  }
}
