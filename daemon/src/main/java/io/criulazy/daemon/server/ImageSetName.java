package io.criulazy.daemon.server;

import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The name of an image set as a client sent it: directories below a root, separated by slashes.
 *
 * @param parts at least one, each a name that can only be that of a file in its directory
 */
record ImageSetName(List<String> parts) {
  private static final int MAX_BYTES = 1024;
  private static final int MAX_PART_BYTES = 255;
  private static final int MAX_PRINTED = 100;

  /**
   * @throws WireException if it is no such name: empty or too long, absolute, with {@code .},
   *     {@code ..} or nothing between two slashes, or with characters that are not printable
   */
  static ImageSetName of(String text) throws WireException {
    List<String> parts = List.of(text.split("/", -1));
    if (bytes(text) > MAX_BYTES || !parts.stream().allMatch(ImageSetName::isPlain)) {
      throw noSuch(text);
    }
    return new ImageSetName(parts);
  }

  private static boolean isPlain(String part) {
    return !part.isEmpty()
        && !part.equals(".")
        && !part.equals("..")
        && bytes(part) <= MAX_PART_BYTES
        && part.codePoints().noneMatch(ImageSetName::isUnprintable);
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static boolean isUnprintable(int codePoint) {
    int type = Character.getType(codePoint);
    return Character.isISOControl(codePoint)
        || type == Character.SURROGATE
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR
        || type == Character.UNASSIGNED;
  }

  /** The refusal of any name, the same whatever is or is not there. */
  static WireException noSuch(String text) {
    return new WireException(
        FailureCode.NO_SUCH_IMAGES, "no image set '%s' here".formatted(printable(text)));
  }

  /** What of a name can be put into a message. */
  static String printable(String text) {
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .limit(MAX_PRINTED)
        .forEach(each -> shown.appendCodePoint(isUnprintable(each) ? '?' : each));
    return text.codePointCount(0, text.length()) > MAX_PRINTED ? shown + "..." : shown.toString();
  }

  @Override
  public String toString() {
    return String.join("/", parts);
  }
}
