package io.criulazy.client.testing;

import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.image.PagemapReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The images of real criu that the proto module keeps, with sparse files in place of the pages. */
public final class CommittedImages {
  public static final int ROOT = 1956;
  public static final int CHILD = 1959;
  public static final int ZOMBIE = 1960;
  public static final long SHARED_MEMORY = 1107;

  private static final Path KEPT = Path.of("../proto/src/test/resources/images/criu-4.1.1");

  private CommittedImages() {}

  /** Copies them to a directory, with pages files of zeros, and returns it. */
  public static Path copyTo(Path directory) throws IOException {
    try (Stream<Path> images = Files.list(KEPT)) {
      for (Path image : images.toList()) {
        Files.copy(image, directory.resolve(image.getFileName().toString()));
      }
    }
    ImageDirectory images = ImageDirectory.open(directory);
    addPages(directory, images.pagemap(ROOT));
    addPages(directory, images.pagemap(CHILD));
    addPages(directory, images.shmemPagemap(SHARED_MEMORY));
    return directory;
  }

  private static void addPages(Path directory, PagemapReader pagemap) throws IOException {
    try (pagemap) {
      pagemap.forEach((vaddr, pages, flags) -> {});
      Path file = directory.resolve("pages-" + pagemap.pagesId() + ".img");
      try (RandomAccessFile pages = new RandomAccessFile(file.toFile(), "rw")) {
        pages.setLength(pagemap.presentPages() * PagemapReader.PAGE_BYTES);
      }
    }
  }
}
