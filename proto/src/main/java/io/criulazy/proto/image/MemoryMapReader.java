package io.criulazy.proto.image;

import java.io.IOException;
import java.nio.file.Path;

/** Reads {@code mm-PID.img}, and checks its addresses. */
final class MemoryMapReader {
  private MemoryMapReader() {}

  static MmEntry read(Path image) throws IOException {
    try (RecordReader reader = RecordReader.open(image, ImageType.MM)) {
      return read(image, reader);
    }
  }

  /** Mappings are whole pages, in ascending order; guards, which lie inside others, come last. */
  static MmEntry read(Path image, RecordReader reader) throws IOException {
    long offset = reader.offset();
    MmEntry mm = reader.only(MmEntry.parser());
    long previousEnd = 0;
    for (VmaEntry vma : mm.getVmasList()) {
      String wrong = check(vma, previousEnd);
      if (wrong != null) {
        throw new ImageFormatException(image, offset, wrong);
      }
      if ((vma.getStatus() & VmaStatus.GUARD) == 0) {
        previousEnd = vma.getEnd();
      }
    }
    return mm;
  }

  private static String check(VmaEntry vma, long previousEnd) {
    if (((vma.getStart() | vma.getEnd()) & (PagemapReader.PAGE_BYTES - 1)) != 0
        || Long.compareUnsigned(vma.getStart(), vma.getEnd()) >= 0) {
      return "mapping 0x%x-0x%x is not a range of whole pages"
          .formatted(vma.getStart(), vma.getEnd());
    }
    if (Long.compareUnsigned(vma.getEnd() - vma.getStart(), PagemapReader.ADDRESS_LIMIT) > 0) {
      return "mapping 0x%x-0x%x is longer than an address space"
          .formatted(vma.getStart(), vma.getEnd());
    }
    boolean guard = (vma.getStatus() & VmaStatus.GUARD) != 0;
    if (!guard && Long.compareUnsigned(vma.getStart(), previousEnd) < 0) {
      return "mapping 0x%x-0x%x, but the one before ends at 0x%x"
          .formatted(vma.getStart(), vma.getEnd(), previousEnd);
    }
    return null;
  }
}
