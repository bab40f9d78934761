package io.criulazy.proto.image;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Any bytes as inventory.img, pstree.img, core-PID.img, files.img, memfd.img, reg-files.img and so
 * on.
 */
class OtherImagesFuzzTest {
  @FuzzTest(maxDuration = "12s")
  void otherImages(byte[] image) {
    Untrusted.read(() -> ImageParsers.parseByMagic(image));
  }
}
