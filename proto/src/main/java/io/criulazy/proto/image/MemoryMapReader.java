package io.criulazy.proto.image;

import io.criulazy.proto.image.codec.MessageCodec;
import io.criulazy.proto.image.memory.Mm;
import io.criulazy.proto.image.memory.VmArea;
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
      boolean guard = (vma.getStatus() & VmaStatus.GUARD) != 0;
      String wrong = check(vma.getStart(), vma.getEnd(), guard ? 0 : previousEnd);
      if (wrong != null) {
        throw new ImageFormatException(image, offset, wrong);
      }
      if (!guard) {
        previousEnd = vma.getEnd();
      }
    }
    return mm;
  }

  /** Reads the whole record. */
  static Mm readWhole(Path image, RecordReader reader) throws IOException {
    long offset = reader.offset();
    Mm mm = reader.only(MessageCodec.of(Mm.class));
    long previousEnd = 0;
    for (VmArea area : mm.areas()) {
      boolean guard = (area.status() & VmaStatus.GUARD) != 0;
      String wrong = check(area.start(), area.end(), guard ? 0 : previousEnd);
      if (wrong != null) {
        throw new ImageFormatException(image, offset, wrong);
      }
      if (!guard) {
        previousEnd = area.end();
      }
    }
    return mm;
  }

  private static String check(long start, long end, long previousEnd) {
    if (((start | end) & (PagemapReader.PAGE_BYTES - 1)) != 0
        || Long.compareUnsigned(start, end) >= 0) {
      return "mapping 0x%x-0x%x is not a range of whole pages".formatted(start, end);
    }
    if (Long.compareUnsigned(end - start, PagemapReader.ADDRESS_LIMIT) > 0) {
      return "mapping 0x%x-0x%x is longer than an address space".formatted(start, end);
    }
    if (Long.compareUnsigned(start, previousEnd) < 0) {
      return "mapping 0x%x-0x%x, but the one before ends at 0x%x"
          .formatted(start, end, previousEnd);
    }
    return null;
  }
}
