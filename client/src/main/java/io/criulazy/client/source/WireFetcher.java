package io.criulazy.client.source;

/**
 * Gets pages in our own protocol, over two connections: what is waited for never stands behind what
 * is not.
 */
final class WireFetcher implements PageFetcher {
  private static final long READ_AHEAD_BYTES = 1 << 20;
  private static final int BULK_PAGES = 64;
  private static final int URGENT_PAGES = 4;

  private final WireLane urgent;
  private final WireLane bulk;
  private final ReadAhead readAhead;

  /**
   * @param urgentTo where the lanes connect, each with its own
   * @param greeted a connection that is ready for use
   */
  WireFetcher(
      Reconnection urgentTo,
      Reconnection bulkTo,
      WireGreeting greeting,
      ServerStream greeted,
      SourceStatistics statistics) {
    urgent = new WireLane("urgent", urgentTo, greeting.plain(), null, this::pull, statistics);
    bulk = new WireLane("bulk", bulkTo, greeting, greeted, this::pull, statistics);
    readAhead = new ReadAhead(READ_AHEAD_BYTES, this::inFlightBytes, bulk::ask, this::check);
    urgent.start();
    bulk.start();
  }

  /** As long as a fault waits, nothing more is asked for in the background: it takes processors. */
  private long inFlightBytes() {
    return urgent.inFlightBytes() > 0 ? READ_AHEAD_BYTES : bulk.inFlightBytes();
  }

  private void check(long nowNs) {
    urgent.check(nowNs);
    bulk.check(nowNs);
  }

  @Override
  public void add(StagedSource source) {
    readAhead.add(source);
  }

  @Override
  public void fetch(PageAsk ask) {
    (ask.urgency() == Urgency.FAULT ? urgent : bulk).ask(ask);
  }

  @Override
  public void pull() {
    readAhead.start();
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

  /** A child can be told everything again. */
  @Override
  public void forked(StagedSource parent, StagedSource child) {
    add(child);
  }

  @Override
  public void finish() {
    // The server does not keep anything for us.
  }

  @Override
  public void close() {
    readAhead.close();
    urgent.close();
    bulk.close();
  }
}
