package io.criulazy.client.source;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What fetching pages from elsewhere has come to: for one restore, or for all. Any thread. */
public final class SourceStatistics {
  /** Counts along; or null. */
  private final SourceStatistics all;

  private final LongAdder fetchedBytes = new LongAdder();
  private final LongAdder reconnects = new LongAdder();
  private final Map<SourceWay, LongAdder> restores = new EnumMap<>(SourceWay.class);
  private volatile SourceWay way;

  /** Since when each link that is down has been so. */
  private final Map<Object, Long> downSinceNs = new ConcurrentHashMap<>();

  public SourceStatistics() {
    this(null);
  }

  /**
   * Those of one of several restores.
   *
   * @param all counts what this one counts, too
   */
  public SourceStatistics(SourceStatistics all) {
    for (SourceWay by : SourceWay.values()) {
      restores.put(by, new LongAdder());
    }
    this.all = all;
  }

  /** It is known how pages come. */
  void comes(SourceWay by) {
    restores.get(by).increment();
    way = by;
    if (all != null) {
      all.comes(by);
    }
  }

  /** How pages come; for one restore. Null as long as that is not known. */
  public SourceWay way() {
    return way;
  }

  /** How many restores have had their pages so. */
  public long restores(SourceWay by) {
    return restores.get(by).sum();
  }

  void fetched(long bytes) {
    fetchedBytes.add(bytes);
    if (all != null) {
      all.fetched(bytes);
    }
  }

  /** A link has lost its connection, or could not make one. */
  void reconnecting(Object link) {
    reconnects.increment();
    downSinceNs.putIfAbsent(link, System.nanoTime());
    if (all != null) {
      all.reconnecting(link);
    }
  }

  /** A link's server serves, or the link is needed no more. */
  void connected(Object link) {
    downSinceNs.remove(link);
    if (all != null) {
      all.connected(link);
    }
  }

  /** How long, as of {@code nowNs}, the link that is down longest has been so; 0 if none is. */
  public long downNs(long nowNs) {
    long longestNs = 0;
    for (long sinceNs : downSinceNs.values()) {
      longestNs = Math.max(longestNs, nowNs - sinceNs);
    }
    return longestNs;
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
