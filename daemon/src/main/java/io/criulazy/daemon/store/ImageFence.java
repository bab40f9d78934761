package io.criulazy.daemon.store;

import io.criulazy.proto.image.ImageDirectory;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A directory that images may not lead out of: neither their own path nor a link among their files
 * nor a parent. Immutable.
 *
 * <p>It guards against names and links, not against somebody who changes directories below the root
 * while they are opened: what is there has to be writable only by those whose images may be served.
 */
public final class ImageFence {
  private static final int MAX_PARENTS = 256;

  private final Path root;

  /**
   * @throws IOException if there is no such directory
   */
  public ImageFence(Path root) throws IOException {
    this.root = root.toRealPath();
    if (!Files.isDirectory(this.root)) {
      throw new IOException(root + ": not a directory; give one that has image directories in it");
    }
  }

  /** The directory, links resolved. */
  public Path root() {
    return root;
  }

  /**
   * Looks at an image directory and its parents before anything in them is opened.
   *
   * @throws AccessDeniedException if something leads out of the root, or is no regular file and
   *     could make its reader wait
   * @throws IOException if something is missing
   */
  public void requireInside(Path directory) throws IOException {
    Path at = directory;
    for (int parents = 0; at != null && parents <= MAX_PARENTS; parents++) {
      Path real = inside(at);
      try (DirectoryStream<Path> images = Files.newDirectoryStream(real, "*.img")) {
        for (Path image : images) {
          if (!Files.isRegularFile(inside(image))) {
            throw new AccessDeniedException(image.toString(), null, "not a regular file");
          }
        }
      }
      Path parent = real.resolve("parent");
      at = Files.exists(parent) ? parent : null;
    }
  }

  /**
   * Looks at images that were opened: their directories, and where the pages really come from.
   *
   * @throws AccessDeniedException if one is not below the root
   */
  public void requireInside(ImageSet images) throws IOException {
    for (ImageDirectory directory : images.chain()) {
      inside(directory.path());
    }
    for (PagesFile file : images.pagesFiles()) {
      requireBelow(file.path(), file.path());
    }
  }

  private Path inside(Path path) throws IOException {
    Path real = path.toRealPath();
    requireBelow(path, real);
    return real;
  }

  private void requireBelow(Path path, Path real) throws AccessDeniedException {
    if (!real.startsWith(root)) {
      throw new AccessDeniedException(path.toString(), real.toString(), "leads out of " + root);
    }
  }
}
