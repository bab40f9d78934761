package io.criulazy.client.source;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * Gets pages in our own protocol, over two connections: what is waited for never stands behind what
 * is not. A thread of its own asks for background data, so that a fixed amount of it is on its way.
 */
final class WireFetcher implements PageFetcher, AutoCloseable {
  /** On its way in the background at any time. */
  private static final long READ_AHEAD_BYTES = 4 << 20;

  private static final int BULK_PAGES = 64;
  private static final int URGENT_PAGES = 4;
  private static final long CHECK_INTERVAL_NS = 250_000_000;

  private final List<StagedSource> sources = new CopyOnWriteArrayList<>();
  private final WireLane urgent;
  private final WireLane bulk;
  private final Thread puller = new Thread(this::run, "puller");
  private volatile boolean pulling;
  private volatile boolean parked;
  private volatile boolean closed;

  /**
   * @param address each lane's own
   * @param greeted a connection that is ready for use
   */
  WireFetcher(
      List<Reconnection> addresses,
      WireGreeting greeting,
      ServerStream greeted,
      SourceStatistics statistics) {
    urgent = new WireLane("urgent", addresses.get(0), greeting, null, () -> {}, statistics);
    bulk = new WireLane("bulk", addresses.get(1), greeting, greeted, this::wake, statistics);
    puller.setDaemon(true);
    urgent.start();
    bulk.start();
    puller.start();
  }

  /** A source begins to ask. */
  void add(StagedSource source) {
    sources.add(source);
  }

  @Override
  public void fetch(PageAsk ask) {
    (ask.urgency() == Urgency.FAULT ? urgent : bulk).ask(ask);
  }

  @Override
  public void pull() {
    pulling = true;
    wake();
  }

  private void wake() {
    if (parked) {
      LockSupport.unpark(puller);
    }
  }

  @Override
  public void forked(StagedSource parent, StagedSource child) {
    add(child);
  }

  @Override
  public int urgentPages() {
    return URGENT_PAGES;
  }

  @Override
  public int maxPages() {
    return BULK_PAGES;
  }

  @Override
  public boolean isTolerant() {
    return true;
  }

  private void run() {
    while (!closed) {
      parked = true;
      if (!pulling || !askMore()) {
        LockSupport.parkNanos(this, CHECK_INTERVAL_NS);
        long nowNs = System.nanoTime();
        urgent.check(nowNs);
        bulk.check(nowNs);
      }
    }
  }

  /** Asks for one range of each source; returns whether there was any. */
  private boolean askMore() {
    boolean asked = false;
    for (StagedSource source : sources) {
      if (bulk.inFlightBytes() >= READ_AHEAD_BYTES) {
        return false;
      }
      PageAsk ask = source.nextAsk();
      if (ask != null) {
        bulk.ask(ask);
        asked = true;
      }
    }
    return asked;
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(puller);
    urgent.close();
    bulk.close();
    try {
      puller.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
