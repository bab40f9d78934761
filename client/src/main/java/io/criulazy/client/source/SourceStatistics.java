package io.criulazy.client.source;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What fetching pages from elsewhere has come to. Any thread. */
public final class SourceStatistics {
  private final LongAdder fetchedBytes = new LongAdder();
  private final LongAdder reconnects = new LongAdder();

  /** Since when each link that is down has been so. */
  private final Map<Object, Long> downSinceNs = new ConcurrentHashMap<>();

  void fetched(long bytes) {
    fetchedBytes.add(bytes);
  }

  /** A link has lost its connection, or could not make one. */
  void reconnecting(Object link) {
    reconnects.increment();
    downSinceNs.putIfAbsent(link, System.nanoTime());
  }

  /** A link's server serves, or the link is needed no more. */
  void connected(Object link) {
    downSinceNs.remove(link);
  }

  /** How long, as of {@code nowNs}, the link that is down longest has been so; 0 if none is. */
  long downNs(long nowNs) {
    long longestNs = 0;
    for (long sinceNs : downSinceNs.values()) {
      longestNs = Math.max(longestNs, nowNs - sinceNs);
    }
    return longestNs;
  }

  /**
   * @param timeout zero: never
   * @throws IOException if a link has been down for longer
   */
  void requireUp(Duration timeout) throws IOException {
    long downNs = timeout.isZero() ? 0 : downNs(System.nanoTime());
    if (downNs > timeout.toNanos()) {
      throw new IOException(
          "there has been no page server for %d s (--source-timeout)"
              .formatted(downNs / 1_000_000_000L));
    }
  }

  /** Payload that has come, also what came twice. */
  public long fetchedBytes() {
    return fetchedBytes.sum();
  }

  /** How often a connection has been made anew. */
  public long reconnects() {
    return reconnects.sum();
  }
}
