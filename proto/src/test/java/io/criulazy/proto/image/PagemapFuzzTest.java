package io.criulazy.proto.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;

/** Any bytes as pagemap-PID.img, pagemap-shmem-ID.img. */
class PagemapFuzzTest {
  @FuzzTest(maxDuration = "12s")
  void pagemap(byte[] image) {
    Untrusted.read(() -> ImageParsers.pagemap(Path.of("pagemap-1.img"), image));
  }
}
