package io.criulazy.proto.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Any bytes as an image that is read whole: refused, or the copy is read as the same again. The
 * first byte says as which image.
 */
class WholeImagesFuzzTest {
  @FuzzTest(maxDuration = "12s")
  void wholeImages(byte[] input) {
    if (input.length == 0) {
      return;
    }
    ImageType type = ImageType.values()[(input[0] & 0xff) % ImageType.values().length];
    if (WholeImages.RECORDS.containsKey(type)) {
      Path file = Path.of("any.img");
      byte[] image = Arrays.copyOfRange(input, 1, input.length);
      Untrusted.read(
          () -> {
            byte[] copy = WholeImages.copy(file, image, type);
            if (!Arrays.equals(copy, WholeImages.copy(file, copy, type))) {
              throw new AssertionError("the copy of the copy is another");
            }
          });
    }
  }
}
