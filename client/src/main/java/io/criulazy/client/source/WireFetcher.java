package io.criulazy.client.source;

import java.io.IOException;
import java.time.Duration;

/**
 * Gets pages in our own protocol, over two connections: what is waited for never stands behind what
 * is not.
 */
final class WireFetcher implements PageFetcher {
  private static final int BULK_PAGES = 64;

  /** Of the time that a bulk answer takes, what is not the network's. */
  private static final long SERVICE_NS = 400_000;

  /** A network that is worth it brings a byte in a nanosecond. */
  private static final long MAX_READ_AHEAD_BYTES = 16 << 20;

  /** More would be staged, and take slots until the filler comes by. */
  private static final int URGENT_PAGES = 1;

  private final WireLane urgent;
  private final WireLane bulk;
  private final ReadAhead readAhead;
  private final SourceTimeout timeout;
  private final boolean compressed;

  /** Ready for use; null once {@link #bulk} has it. */
  private ServerStream greeted;

  /** Whether the fault loop gives us {@link #turn turns}. */
  private volatile boolean turns;

  /** Whether more may be asked for in the background. */
  private volatile boolean wanted;

  /**
   * @param urgentTo where the lanes connect, each with its own
   * @param greeted a connection that is ready for use
   */
  WireFetcher(
      Reconnection urgentTo,
      Reconnection bulkTo,
      WireGreeting greeting,
      ServerStream greeted,
      SourceStatistics statistics,
      Duration timeout) {
    this.timeout = new SourceTimeout(timeout);
    urgent = new WireLane("urgent", urgentTo, greeting.plain(), this::pull, statistics);
    bulk = new WireLane("bulk", bulkTo, greeting, this::cameInBulk, statistics);
    readAhead = new ReadAhead(this::roomBytes, bulk::ask, this::check);
    this.greeted = greeted;
    this.compressed = greeting.isCompressed();
  }

  @Override
  public void begin(AnswerLoop loop) {
    urgent.start(null, loop);
    bulk.start(greeted, compressed ? null : loop);
    greeted = null;
  }

  private void cameInBulk() {
    if (turns) {
      wanted = true;
    } else {
      readAhead.progress();
    }
  }

  @Override
  public void turn() {
    if (!turns) {
      turns = true;
      readAhead.start();
    }
    if (wanted && roomBytes() > 0) {
      wanted = false;
      readAhead.progress();
    }
  }

  /**
   * As long as a fault waits, nothing more is asked for in the background; else as much as is on
   * its way while an answer is: near by that is one ask at a time. More would only keep processors
   * busy that a fault needs.
   */
  private long roomBytes() {
    if (urgent.inFlightBytes() > 0) {
      return 0;
    }
    long networkBytes = Math.min(bulk.roundTripNs() - SERVICE_NS, MAX_READ_AHEAD_BYTES);
    long roomBytes = bulk.roundTripNs() == Long.MAX_VALUE ? 1 : Math.max(1, networkBytes);
    return roomBytes - bulk.inFlightBytes();
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
    if (turns) {
      wanted = true;
    } else {
      readAhead.start();
    }
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
  public void requireReachable() throws IOException {
    long nowNs = System.nanoTime();
    timeout.require(Math.max(urgent.waitedNs(nowNs), bulk.waitedNs(nowNs)));
  }

  @Override
  public void finish() {
    // The server does not keep anything for us.
  }

  @Override
  public void close() {
    readAhead.close();
    if (greeted != null) {
      greeted.close();
    }
    urgent.close();
    bulk.close();
  }
}
