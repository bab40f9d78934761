package io.criulazy.proto.image;

import java.io.IOException;
import java.nio.file.Path;

/** Reads an image that is in memory in the way that its name tells, all of it. */
final class ImageParsers {
  private ImageParsers() {}

  static void parse(Path file, byte[] image) throws IOException {
    String name = file.getFileName().toString();
    if (name.startsWith("pagemap-")) {
      pagemap(file, image);
    } else if (name.startsWith("mm-")) {
      mm(file, image);
    } else if (name.startsWith("core-")) {
      core(file, image);
    } else if (name.equals("pstree.img")) {
      pstree(file, image);
    } else if (name.equals("inventory.img")) {
      inventory(file, image);
    } else if (name.equals("memfd.img")) {
      memfds(file, image);
    } else {
      files(file, image);
    }
  }

  static void pagemap(Path file, byte[] image) throws IOException {
    try (PagemapReader reader = PagemapReader.over(file, image)) {
      reader.forEach((vaddr, pages, flags) -> {});
    }
  }

  static void mm(Path file, byte[] image) throws IOException {
    MemoryMapReader.read(file, RecordReader.over(file, image, ImageType.MM));
  }

  static void core(Path file, byte[] image) throws IOException {
    PstreeEntry task =
        PstreeEntry.newBuilder().setPid(1).setPpid(0).setPgid(1).setSid(1).addThreads(1).build();
    RecordReader reader = RecordReader.over(file, image, ImageType.CORE);
    TaskTree.task(file, task, reader);
  }

  static void pstree(Path file, byte[] image) throws IOException {
    TaskTree.read(file, RecordReader.over(file, image, ImageType.PSTREE));
  }

  static void inventory(Path file, byte[] image) throws IOException {
    ImageDirectory.readInventory(file, RecordReader.over(file, image, ImageType.INVENTORY));
  }

  static void files(Path file, byte[] image) throws IOException {
    RecordReader reader = RecordReader.over(file, image, ImageType.FILES);
    while (reader.next(FileEntry.parser()) != null) {}
  }

  static void memfds(Path file, byte[] image) throws IOException {
    RecordReader reader = RecordReader.over(file, image, ImageType.MEMFD);
    while (reader.next(MemfdInodeEntry.parser()) != null) {}
  }
}
