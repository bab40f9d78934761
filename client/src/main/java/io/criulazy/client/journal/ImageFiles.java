package io.criulazy.client.journal;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.PagesFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** What the files of an image are, as text to be compared: place, inode, size, last change. */
public final class ImageFiles {
  private ImageFiles() {}

  /**
   * @param images with all indexes made
   */
  public static String of(ImageSet images) throws IOException {
    StringBuilder text = new StringBuilder(line(images.directory().resolve("inventory.img")));
    for (PagesFile file : images.pagesFiles()) {
      text.append(line(file.path()));
    }
    return text.toString();
  }

  private static String line(Path path) throws IOException {
    BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
    return "%s %s %d %s%n"
        .formatted(path, file.fileKey(), file.size(), file.lastModifiedTime().toInstant());
  }
}
