package io.criulazy.proto.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

  /** Reads an image in the way that its magic tells; one without a magic that is known as tasks. */
  static void parseByMagic(byte[] image) throws IOException {
    Path file = Path.of("any.img");
    switch (magic(image)) {
      case 0x4C5A5552 -> ioUring(file, image);
      case 0x58313116 -> inventory(file, image);
      case 0x55053847 -> core(file, image);
      case 0x56303138 -> files(file, image);
      case 0x48453499 -> memfds(file, image);
      case 0x50363636 -> regFiles(file, image);
      default -> pstree(file, image);
    }
  }

  private static int magic(byte[] image) {
    ByteBuffer bytes = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    int first = image.length < 4 ? 0 : bytes.getInt(0);
    return first == ImageType.COMMON_MAGIC && image.length >= 8 ? bytes.getInt(4) : first;
  }

  static void pagemap(Path file, byte[] image) throws IOException {
    try (PagemapReader reader = PagemapReader.over(file, image)) {
      reader.forEach((vaddr, pages, flags) -> {});
    }
  }

  static void mm(Path file, byte[] image) throws IOException {
    MemoryMapReader.read(file, RecordReader.over(file, image, ImageType.MM));
  }

  static void ioUring(Path file, byte[] image) throws IOException {
    IoUringImage.read(file, RecordReader.over(file, image, ImageType.IO_URING));
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

  static void regFiles(Path file, byte[] image) throws IOException {
    RecordReader reader = RecordReader.over(file, image, ImageType.REG_FILES);
    while (reader.next(RegFileEntry.parser()) != null) {}
  }
}
