package io.criulazy.proto.index;

import io.criulazy.proto.image.ImageBytes;
import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.image.ImageType;
import io.criulazy.proto.image.InventoryEntry;
import io.criulazy.proto.image.PagemapReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes one generation of images: an inventory, one pagemap, and a sparse pages file. */
final class PagemapWriter {
  static final int PID = 42;

  private final Path directory;
  private final ImageBytes image;
  private final int pagesId;
  private long presentPages;

  PagemapWriter(Path directory, int pagesId) throws IOException {
    this.directory = Files.createDirectories(directory);
    this.pagesId = pagesId;
    this.image = ImageBytes.of(ImageType.PAGEMAP).head(pagesId);
  }

  /** Lets the images have the directory "parent" of images. */
  PagemapWriter parent(Path older) throws IOException {
    Files.createSymbolicLink(directory.resolve("parent"), older);
    return this;
  }

  PagemapWriter entry(long vaddr, long pages, int flags) {
    image.entry(vaddr, pages, flags);
    presentPages += (flags & PagemapReader.PRESENT) != 0 ? pages : 0;
    return this;
  }

  long presentPages() {
    return presentPages;
  }

  Path pagesFile() {
    return directory.resolve("pages-" + pagesId + ".img");
  }

  /** Writes everything, the pages file as long as the pagemap says. */
  ImageDirectory write() throws IOException {
    Files.write(directory.resolve("pagemap-" + PID + ".img"), image.toByteArray());
    try (RandomAccessFile pages = new RandomAccessFile(pagesFile().toFile(), "rw")) {
      pages.setLength(presentPages * SeekIndex.PAGE_BYTES);
    }
    InventoryEntry inventory = InventoryEntry.newBuilder().setImgVersion(2).build();
    Files.write(
        directory.resolve("inventory.img"),
        ImageBytes.of(ImageType.INVENTORY).record(inventory).toByteArray());
    return ImageDirectory.open(directory);
  }
}
