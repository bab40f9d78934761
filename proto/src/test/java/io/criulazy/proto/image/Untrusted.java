package io.criulazy.proto.image;

import java.io.IOException;

/** What holds for any bytes: they are read, or refused with the place; nothing else happens. */
final class Untrusted {
  private Untrusted() {}

  static void read(Parsing parsing) {
    try {
      parsing.parse();
    } catch (ImageFormatException e) {
      if (e.offset() < 0 || e.reason().isBlank() || e.file() == null) {
        throw new AssertionError("an error that does not tell the place", e);
      }
    } catch (IOException e) {
      throw new AssertionError("bytes in memory gave another error", e);
    }
  }

  interface Parsing {
    void parse() throws IOException;
  }
}
