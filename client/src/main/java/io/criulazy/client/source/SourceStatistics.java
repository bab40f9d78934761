package io.criulazy.client.source;

import java.util.concurrent.atomic.LongAdder;

/** What fetching pages from elsewhere has come to. Any thread. */
public final class SourceStatistics {
  private final LongAdder fetchedBytes = new LongAdder();
  private final LongAdder reconnects = new LongAdder();

  void fetched(long bytes) {
    fetchedBytes.add(bytes);
  }

  void reconnecting() {
    reconnects.increment();
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
