package io.criulazy.daemon.store;

import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.index.PagesFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The pages files of an image set, opened when an index first needs them and numbered in that
 * order. Safe for any number of threads.
 */
final class PagesFileTable implements PagesFiles {
  private final List<PagesFile> files = new CopyOnWriteArrayList<>();
  private final Map<Path, PagesFile> byPath = new HashMap<>();
  private boolean closed;

  @Override
  public synchronized int ordinal(ImageDirectory directory, long pagesId) throws IOException {
    if (closed) {
      throw new IllegalStateException("the image set is closed");
    }
    Path path = directory.pagesFile(pagesId);
    PagesFile file = byPath.get(path);
    if (file == null) {
      file = PagesFile.open(path, files.size());
      byPath.put(path, file);
      files.add(file);
    }
    return file.ordinal();
  }

  @Override
  public long sizeBytes(int ordinal) {
    return get(ordinal).sizeBytes();
  }

  PagesFile get(int ordinal) {
    return files.get(ordinal);
  }

  List<PagesFile> all() {
    return List.copyOf(files);
  }

  synchronized void close() throws IOException {
    closed = true;
    IOException failed = null;
    for (PagesFile file : files) {
      try {
        file.close();
      } catch (IOException e) {
        failed = e;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
