package io.criulazy.client.source;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;

/**
 * After how long pages that were asked for in vain count as lost. As long as nobody needs any, a
 * server may be away.
 *
 * @param limit zero: never
 */
record SourceTimeout(Duration limit) {
  private static final long NS_PER_SECOND = 1_000_000_000L;

  SourceTimeout {
    Objects.requireNonNull(limit);
  }

  /**
   * @param waitedNs since when pages are asked for, and none has come
   * @throws IOException if that is too long
   */
  void require(long waitedNs) throws IOException {
    if (!limit.isZero() && waitedNs > limit.toNanos()) {
      throw new IOException(
          "no page server has given a page for %d s, and pages were asked for (--source-timeout)"
              .formatted(waitedNs / NS_PER_SECOND));
    }
  }
}
