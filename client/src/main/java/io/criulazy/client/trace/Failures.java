package io.criulazy.client.trace;

import java.io.IOException;

/** Keeps a second failure with the first. */
final class Failures {
  private Failures() {}

  static IOException join(IOException first, IOException second) {
    if (first == null) {
      return second;
    }
    first.addSuppressed(second);
    return first;
  }

  static void alsoClose(AutoCloseable resource, Exception failure) {
    try {
      resource.close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }
}
