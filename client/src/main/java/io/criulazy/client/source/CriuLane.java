package io.criulazy.client.source;

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
final class CriuLane implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CriuLane.class);

  private static final long DEAD_AFTER_NS = 15_000_000_000L;
  private static final int MAX_PAGES = 1024;

  private final Reconnection reconnection;
  private final Receiver receiver;
  private final SourceStatistics statistics;
  private final Thread thread = new Thread(this::run, "criu-pages");
  private final ByteBuffer pages = ByteBuffer.allocateDirect(MAX_PAGES * (int) PageAsk.PAGE_BYTES);

  private final Deque<PageAsk> inFlight = new ArrayDeque<>();
  private long inFlightBytes;
  private long askedNs;
  private HeaderLayout layout;
  private ServerStream stream;
  private boolean up = true;
  private volatile boolean closed;

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
      ServerStream first,
      Receiver receiver,
      SourceStatistics statistics) {
    this.reconnection = reconnection;
    this.layout = layout;
    this.stream = first;
    this.receiver = receiver;
    this.statistics = statistics;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Asks; the pages have to be there. */
  synchronized void ask(PageAsk ask) {
    if (inFlight.isEmpty()) {
      askedNs = System.nanoTime();
    }
    inFlight.addLast(ask);
    inFlightBytes += ask.pages() * PageAsk.PAGE_BYTES;
    if (up) {
      send(Command.GET, ask.pages(), ask.address(), ask.task());
    }
  }

  synchronized long inFlightBytes() {
    return inFlightBytes;
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
    try {
      stream.write(header);
    } catch (IOException e) {
      up = false;
      stream.close();
    }
  }

  private void run() {
    while (!closed) {
      try {
        if (!isUp()) {
          connect();
        }
        while (!closed) {
          receive();
        }
      } catch (IOException | RuntimeException e) {
        down(e);
      }
    }
  }

  private synchronized boolean isUp() {
    return up;
  }

  private void connect() throws IOException {
    ServerStream fresh = reconnection.open();
    synchronized (this) {
      stream = fresh;
      up = true;
      askedNs = System.nanoTime();
      for (PageAsk ask : inFlight) {
        send(Command.GET, ask.pages(), ask.address(), ask.task());
      }
    }
  }

  private void receive() throws IOException {
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
    stream.read(pages.clear().limit((int) (count * PageAsk.PAGE_BYTES)));
    reconnection.succeeded();
    statistics.fetched(pages.limit());
    // Before it is taken out: who looks for it meanwhile finds it in one place at least.
    receiver.came(ask, (int) count, pages.clear());
    answered(ask, (int) count);
  }

  private synchronized void answered(PageAsk ask, int count) {
    inFlight.removeFirst();
    inFlightBytes -= ask.pages() * PageAsk.PAGE_BYTES;
    askedNs = System.nanoTime();
    if (count < ask.pages()) {
      long rest = ask.address() + count * PageAsk.PAGE_BYTES;
      ask(new PageAsk(ask.owner(), ask.task(), rest, ask.pages() - count, ask.urgency()));
    }
  }

  private void down(Exception e) {
    synchronized (this) {
      up = false;
      stream.close();
    }
    if (!closed) {
      statistics.reconnecting();
      LOG.warn("the page server: {}; trying again", e.toString());
      reconnection.failed();
    }
  }

  /** Called now and then: does the server still answer? */
  synchronized void check(long nowNs) {
    long silentNs = nowNs - Math.max(stream.heardNs(), askedNs);
    if (up && !inFlight.isEmpty() && silentNs > DEAD_AFTER_NS) {
      LOG.warn("the page server has not answered for {} ms", silentNs / 1_000_000);
      up = false;
      stream.close();
    }
  }

  /** Says that nothing is needed any more: a dumping criu lets its tasks go then. */
  void finish() {
    synchronized (this) {
      closed = true;
      if (!up) {
        LOG.warn("the page server is not connected: it can't be told that all pages are here");
        return;
      }
      send(Command.CLOSE, 0, 0, 0);
    }
    // Its answer, an i32, and its end are not worth waiting for long.
    try {
      thread.join(FAREWELL_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static final long FAREWELL_MS = 500;

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      stream.close();
    }
    reconnection.close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
