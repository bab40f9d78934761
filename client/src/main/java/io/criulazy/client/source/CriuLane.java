package io.criulazy.client.source;

import io.criulazy.client.sys.PageSize;
import io.criulazy.proto.pageserver.Command;
import io.criulazy.proto.pageserver.HeaderLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection in criu's protocol: GETs are answered in the order in which they were sent, each
 * with a header and the pages, at most as many as were asked for. If it breaks, all that was asked
 * for and has not come is asked for again on a new one; a criu that gives each page once is then
 * gone, but criu-lazy's server is not.
 *
 * <p>Asking writes to the socket on the asking thread, which does not wait: so little is asked for
 * at once that it fits into the socket's buffers.
 */
final class CriuLane implements ServerLink.Conversation, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CriuLane.class);

  private static final long DEAD_AFTER_NS = 15_000_000_000L;
  private static final int MAX_PAGES = 1024;

  private static final long FAREWELL_MS = 500;

  private final ServerLink link;
  private final Receiver receiver;
  private final SourceStatistics statistics;
  private final ByteBuffer pages = ByteBuffer.allocateDirect(MAX_PAGES * (int) PageSize.BYTES);

  private final Deque<PageAsk> inFlight = new ArrayDeque<>();
  private long inFlightBytes;
  private long askedNs;

  /** When a page came last, or was asked for while none was on its way. */
  private long progressNs;

  private final HeaderLayout layout;

  /** Takes what has come. */
  interface Receiver {
    /**
     * @param ask what it was asked for as; the pages may be fewer
     * @param bytes the pages, from 0 on
     */
    void came(PageAsk ask, int count, ByteBuffer bytes);
  }

  CriuLane(
      Reconnection reconnection,
      HeaderLayout layout,
      Receiver receiver,
      SourceStatistics statistics) {
    this.layout = layout;
    this.receiver = receiver;
    this.statistics = statistics;
    this.link = new ServerLink("criu-pages", reconnection, this, statistics);
  }

  /**
   * @param first a connection that is ready for use
   */
  void start(ServerStream first) {
    link.start(first, null);
  }

  /** Asks; the pages have to be there. */
  synchronized void ask(PageAsk ask) {
    if (inFlight.isEmpty()) {
      askedNs = System.nanoTime();
      progressNs = askedNs;
    }
    inFlight.addLast(ask);
    inFlightBytes += ask.pages() * PageSize.BYTES;
    send(Command.GET, ask.pages(), ask.address(), ask.task());
  }

  synchronized long inFlightBytes() {
    return inFlightBytes;
  }

  /** For how long, as of {@code nowNs}, pages have been asked for and none has come. */
  synchronized long waitedNs(long nowNs) {
    return inFlight.isEmpty() ? 0 : nowNs - progressNs;
  }

  /** Whether a page has been asked for and has not come. */
  synchronized boolean isInFlight(long task, long address) {
    for (PageAsk ask : inFlight) {
      if (ask.task() == task && ask.address() <= address && address < ask.endAddress()) {
        return true;
      }
    }
    return false;
  }

  private void send(Command command, long count, long address, long task) {
    ByteBuffer header = ByteBuffer.allocate(layout.bytes());
    layout.write(header, 0, command.code(), count, address, task);
    link.send(header);
  }

  @Override
  public synchronized void begin(ServerStream fresh) {
    link.opened();
    askedNs = System.nanoTime();
    for (PageAsk ask : inFlight) {
      send(Command.GET, ask.pages(), ask.address(), ask.task());
    }
  }

  @Override
  public void receive(ServerStream stream) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(layout.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    stream.read(header);
    PageAsk ask;
    synchronized (this) {
      ask = inFlight.peekFirst();
    }
    long count = layout.pages(header, 0);
    if (ask == null
        || layout.command(header, 0) != Command.GET_ANSWER
        || layout.vaddr(header, 0) != ask.address()
        || layout.destination(header, 0) != ask.task()
        || count < 1
        || count > ask.pages()) {
      throw new IOException("an answer that was not asked for");
    }
    stream.read(pages.clear().limit((int) (count * PageSize.BYTES)));
    link.works();
    statistics.fetched(pages.limit());
    // Before it is taken out: who looks for it meanwhile finds it in one place at least.
    receiver.came(ask, (int) count, pages.clear());
    answered(ask, (int) count);
  }

  private synchronized void answered(PageAsk ask, int count) {
    inFlight.removeFirst();
    inFlightBytes -= ask.pages() * PageSize.BYTES;
    askedNs = System.nanoTime();
    progressNs = askedNs;
    if (count < ask.pages()) {
      long rest = ask.address() + count * PageSize.BYTES;
      ask(new PageAsk(ask.owner(), ask.task(), rest, ask.pages() - count, ask.urgency()));
    }
  }

  /** Called now and then: does the server still answer? */
  synchronized void check(long nowNs) {
    long silentNs = Math.min(link.silentNs(nowNs), nowNs - askedNs);
    if (!inFlight.isEmpty() && silentNs > DEAD_AFTER_NS && link.isUp()) {
      link.giveUp("has been silent", silentNs);
    }
  }

  /** Says that nothing is needed any more: a dumping criu lets its tasks go then. */
  void finish() {
    if (!link.isUp()) {
      LOG.warn("the page server is not connected: it can't be told that all pages are here");
    }
    send(Command.CLOSE, 0, 0, 0);
    link.finish(FAREWELL_MS); // its answer, an i32, and its end are not worth waiting for long
  }

  @Override
  public void close() {
    link.close();
  }
}
