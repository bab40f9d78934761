package io.criulazy.proto.index;

import io.criulazy.proto.image.ImageDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Numbers pages files in the order they are asked for. */
final class FilesByPath implements PagesFiles {
  private final List<Path> paths = new ArrayList<>();
  private final List<Long> sizes = new ArrayList<>();

  @Override
  public int ordinal(ImageDirectory directory, long pagesId) throws IOException {
    Path path = directory.pagesFile(pagesId).toRealPath();
    if (!paths.contains(path)) {
      paths.add(path);
      sizes.add(Files.size(path));
    }
    return paths.indexOf(path);
  }

  @Override
  public long sizeBytes(int ordinal) {
    return sizes.get(ordinal);
  }

  int count() {
    return paths.size();
  }
}
