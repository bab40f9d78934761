package io.criulazy.client.source;

import io.criulazy.client.sys.PageSize;
import io.criulazy.proto.pageserver.HeaderLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets pages in criu's protocol, from its page server or from a criu that dumps. Each page is given
 * once: as soon as a process has forked, what comes is kept, since the child needs it as well.
 *
 * <p>There is one connection and its answers come in order, so only a little is asked for ahead.
 */
final class CriuFetcher implements PageFetcher {
  private static final Logger LOG = LoggerFactory.getLogger(CriuFetcher.class);

  private static final long READ_AHEAD_BYTES = 256 << 10;

  private final CriuLane lane;
  private final ReadAhead readAhead;
  private final SourceTimeout timeout;
  private final Path spool;
  private final Map<Long, Family> families = new HashMap<>();

  /** Those who show one task's pages, and what was kept for them; guarded by the fetcher. */
  private static final class Family {
    final List<StagedSource> members = new CopyOnWriteArrayList<>();
    volatile PageArchive archive;
  }

  /**
   * @param greeted a connection on which criu has answered
   * @param spool a directory with room for pages that have to be kept
   */
  CriuFetcher(
      Reconnection reconnection,
      HeaderLayout layout,
      ServerStream greeted,
      Path spool,
      SourceStatistics statistics,
      Duration timeout) {
    this.timeout = new SourceTimeout(timeout);
    this.spool = spool;
    lane = new CriuLane(reconnection, layout, this::came, statistics);
    readAhead =
        new ReadAhead(() -> READ_AHEAD_BYTES - lane.inFlightBytes(), this::fetch, lane::check);
    lane.start(greeted);
  }

  @Override
  public void begin(AnswerLoop loop) {
    // One connection has to do; its thread keeps pages that a fork may need, on a disk.
  }

  @Override
  public void add(StagedSource source) {
    family(source.task()).members.add(source);
    readAhead.add(source);
  }

  private synchronized Family family(long task) {
    return families.computeIfAbsent(task, pid -> new Family());
  }

  @Override
  public void fetch(PageAsk ask) {
    Family family = family(ask.task());
    List<Long> kept = new ArrayList<>();
    synchronized (this) {
      if (family.archive == null) {
        lane.ask(ask);
      } else {
        askRest(family.archive, ask, kept);
      }
    }
    // Without the lock: a source calls in with its own held.
    ByteBuffer page = kept.isEmpty() ? null : ByteBuffer.allocateDirect((int) PageSize.BYTES);
    for (long address : kept) {
      family.archive.read(address, page);
      ask.owner().came(address, 1, page, 0);
    }
  }

  /** Asks for the pages that are neither kept nor on their way to a relative. */
  private void askRest(PageArchive archive, PageAsk ask, List<Long> kept) {
    for (long at = ask.address(); at < ask.endAddress(); at += PageSize.BYTES) {
      // In this order: what arrives is kept before it counts as arrived.
      boolean underWay = lane.isInFlight(ask.task(), at);
      if (archive.has(at)) {
        kept.add(at);
      } else if (!underWay) {
        lane.ask(new PageAsk(ask.owner(), ask.task(), at, 1, ask.urgency()));
      }
    }
  }

  private void came(PageAsk ask, int count, ByteBuffer bytes) {
    Family family = family(ask.task());
    PageArchive archive = family.archive;
    give(family, archive, ask, count, bytes);
    if (archive == null && family.archive != null) {
      give(family, family.archive, ask, count, bytes); // forked meanwhile
    }
    readAhead.start();
  }

  private static void give(
      Family family, PageArchive archive, PageAsk ask, int count, ByteBuffer bytes) {
    if (archive != null) {
      archive.keep(ask.address(), count, bytes, 0);
    }
    for (StagedSource member : family.members) {
      member.came(ask.address(), count, bytes, 0);
    }
  }

  /**
   * From now on everything is kept. What the parent has staged is given to the archive at once, and
   * what is on its way comes to it: the lane's thread looks for it before and after it hands over.
   */
  @Override
  public void forked(StagedSource parent, StagedSource child) {
    Family family = family(parent.task());
    try {
      synchronized (this) {
        if (family.archive == null) {
          family.archive = new PageArchive(spool);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep pages for a forked process", e);
    }
    parent.keepStaged(family.archive);
    add(child);
  }

  @Override
  public void pull() {
    readAhead.start();
  }

  @Override
  public int urgentPages() {
    return 1;
  }

  @Override
  public int maxPages() {
    return LazyChunks.PAGES;
  }

  @Override
  public boolean isTolerant() {
    return false;
  }

  @Override
  public void requireReachable() throws IOException {
    timeout.require(lane.waitedNs(System.nanoTime()));
  }

  @Override
  public void finish() {
    lane.finish();
  }

  @Override
  public void close() {
    readAhead.close();
    lane.close();
    for (Family family : families.values()) {
      try {
        if (family.archive != null) {
          family.archive.close();
        }
      } catch (IOException e) {
        LOG.warn("kept pages: {}", e.getMessage());
      }
    }
  }
}
