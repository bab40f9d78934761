package io.criulazy.proto.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;

/** Any bytes as the image of a process's memory map, read whole: refused, or read. */
class WholeMemoryMapFuzzTest {
  @FuzzTest(maxDuration = "12s")
  void memory(byte[] image) {
    Path file = Path.of("mm-1.img");
    Untrusted.read(
        () -> MemoryMapReader.readWhole(file, RecordReader.over(file, image, ImageType.MM)));
  }
}
