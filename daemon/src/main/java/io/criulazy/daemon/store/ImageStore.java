package io.criulazy.daemon.store;

import io.criulazy.proto.image.ImageDirectory;
import java.io.IOException;
import java.nio.file.Path;

/** Opens image directories. */
public final class ImageStore {
  private ImageStore() {}

  /**
   * Opens an image directory and finds its parents; the caller closes the set. Reads the inventory,
   * the task tree and the core images; memory maps, pagemaps and pages files when they are asked
   * for.
   *
   * @param directory what was given to {@code criu dump -D}
   * @throws java.nio.file.NoSuchFileException if it, an image or a parent directory is missing
   * @throws io.criulazy.proto.image.ImageFormatException if an image is damaged
   */
  public static ImageSet open(Path directory) throws IOException {
    ImageDirectory images = ImageDirectory.open(directory.toRealPath());
    return new ImageSet(images.chain(), images.tasks());
  }
}
