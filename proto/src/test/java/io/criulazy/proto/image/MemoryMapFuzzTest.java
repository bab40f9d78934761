package io.criulazy.proto.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;

/** Any bytes as mm-PID.img. */
class MemoryMapFuzzTest {
  @FuzzTest(maxDuration = "12s")
  void memoryMap(byte[] image) {
    Untrusted.read(() -> ImageParsers.mm(Path.of("mm-1.img"), image));
  }
}
