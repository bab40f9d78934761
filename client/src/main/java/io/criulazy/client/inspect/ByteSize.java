package io.criulazy.client.inspect;

import io.criulazy.proto.image.PagemapReader;
import java.util.Locale;

/** Sizes for people: three digits and a binary unit, as ls -h writes them. */
final class ByteSize {
  private static final String UNITS = "KMGTPE";

  private ByteSize() {}

  static String ofPages(long pages) {
    return of(pages * PagemapReader.PAGE_BYTES);
  }

  static String of(long bytes) {
    if (bytes < 1024) {
      return bytes + "B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 1000 && unit + 1 < UNITS.length()) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, value < 9.95 ? "%.1f%c" : "%.0f%c", value, UNITS.charAt(unit))
        .replace(".0", "");
  }
}
