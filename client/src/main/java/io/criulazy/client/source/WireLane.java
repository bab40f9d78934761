package io.criulazy.client.source;

import io.criulazy.proto.wire.Failure;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Frames;
import io.criulazy.proto.wire.PageRuns;
import io.criulazy.proto.wire.Pages;
import io.criulazy.proto.wire.Ping;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.Read;
import io.criulazy.proto.wire.WireException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection in our protocol, made again whenever it breaks: everything that was asked for and
 * has not come is then asked for again, in the same order.
 *
 * <p>Asking writes to the socket on the asking thread. That does not wait: what can be asked for is
 * bounded by the staging memory to some 60 KiB of requests, which fit into the socket's buffers
 * even if the server reads nothing.
 */
final class WireLane implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WireLane.class);

  private static final long PING_AFTER_NS = 1_000_000_000L;
  private static final long DEAD_AFTER_NS = 4_000_000_000L;

  private final String name;
  private final Reconnection reconnection;
  private final WireGreeting greeting;
  private final Runnable onProgress;
  private final SourceStatistics statistics;
  private final FrameReader reader = new FrameReader();
  private final Thread thread;

  private final Map<Long, PageAsk> inFlight = new LinkedHashMap<>();
  private long inFlightBytes;
  private long lastRequest;
  private ServerStream stream;
  private boolean up;
  private long pingedNs;
  private volatile boolean closed;

  /**
   * @param first greeted already, or null: the lane connects itself
   * @param onProgress called when an ask is answered
   */
  WireLane(
      String name,
      Reconnection reconnection,
      WireGreeting greeting,
      ServerStream first,
      Runnable onProgress,
      SourceStatistics statistics) {
    this.name = name;
    this.reconnection = reconnection;
    this.greeting = greeting;
    this.stream = first;
    this.up = first != null;
    this.onProgress = onProgress;
    this.statistics = statistics;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Asks. */
  synchronized void ask(PageAsk ask) {
    if (closed) {
      return;
    }
    long request = ++lastRequest;
    inFlight.put(request, ask);
    inFlightBytes += ask.pages() * PageAsk.PAGE_BYTES;
    if (up) {
      send(read(request, ask));
    }
  }

  /** How much has been asked for and has not come. */
  synchronized long inFlightBytes() {
    return inFlightBytes;
  }

  private static ByteBuffer read(long request, PageAsk ask) {
    return Frames.of(
        FrameType.READ,
        Read.newBuilder()
            .setRequest(request)
            .setTask(ask.task())
            .setAddress(ask.address())
            .setPages(ask.pages())
            .setUrgent(ask.urgency() == Urgency.FAULT)
            .build());
  }

  /** A connection that can't be written to is left to the reader to find broken. */
  private void send(ByteBuffer frame) {
    try {
      stream.write(frame);
    } catch (IOException e) {
      LOG.debug("{}: {}", name, e.getMessage());
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
    reader.close();
  }

  private synchronized boolean isUp() {
    return up;
  }

  private void connect() throws IOException {
    ServerStream fresh = reconnection.open();
    synchronized (this) {
      stream = fresh;
    }
    fresh.write(ByteBuffer.wrap(Preamble.client()));
    FrameReader.preamble(fresh, new byte[0]);
    greeting.exchange(fresh, reader);
    reconnection.succeeded();
    askAgain();
  }

  private void askAgain() {
    List<PageAsk> asks;
    synchronized (this) {
      asks = new ArrayList<>(inFlight.values());
    }
    List<PageAsk> wanted = asks.stream().filter(ask -> ask.owner().isWanted(ask)).toList();
    synchronized (this) {
      // What was asked since then comes behind.
      List<PageAsk> later =
          new ArrayList<>(inFlight.values()).subList(asks.size(), inFlight.size());
      inFlight.clear();
      inFlightBytes = 0;
      up = true;
      wanted.forEach(this::ask);
      later.forEach(this::ask);
    }
  }

  private void receive() throws IOException {
    FrameType type = reader.next(stream);
    if (type == FrameType.PAGES) {
      pages(reader.pages());
    } else if (type == FrameType.FAILURE) {
      failed(reader.header(Failure.parser()));
    }
  }

  private void pages(Pages header) throws WireException {
    PageAsk ask = asked(header);
    ByteBuffer payload = reader.payload();
    int payloadAt = reader.payloadAt();
    statistics.fetched(reader.payloadBytes());
    int[] known = {0};
    PageRuns.visit(
        header,
        reader.payloadBytes(),
        (first, pages, at) -> {
          missing(ask, header.getAddress(), known[0], first);
          known[0] = first + pages;
          long address = header.getAddress() + first * PageAsk.PAGE_BYTES;
          ask.owner().came(address, pages, at < 0 ? null : payload, payloadAt + Math.max(0, at));
        });
    missing(ask, header.getAddress(), known[0], header.getPages());
    if (header.getLast()) {
      answered(header.getRequest(), ask);
    }
  }

  private static void missing(PageAsk ask, long address, int from, int to) {
    if (to > from) {
      ask.owner().isAbsent(address + from * PageAsk.PAGE_BYTES, to - from);
    }
  }

  /** The ask that an answer belongs to; its range has to lie within what was asked for. */
  private PageAsk asked(Pages header) throws WireException {
    PageAsk ask;
    synchronized (this) {
      ask = inFlight.get(header.getRequest());
    }
    long pages = Integer.toUnsignedLong(header.getPages());
    if (ask == null
        || header.getTask() != ask.task()
        || header.getAddress() < ask.address()
        || pages > PageRuns.MAX_PAGES
        || header.getAddress() > ask.endAddress() - pages * PageAsk.PAGE_BYTES) {
      throw new WireException(
          FailureCode.MALFORMED,
          "an answer to request %d that was not asked so".formatted(header.getRequest()));
    }
    return ask;
  }

  private void answered(long request, PageAsk ask) {
    synchronized (this) {
      if (inFlight.remove(request) != null) {
        inFlightBytes -= ask.pages() * PageAsk.PAGE_BYTES;
      }
    }
    onProgress.run();
  }

  /** Whatever a server can't do, another may: the connection is given up. */
  private static void failed(Failure failure) throws WireException {
    throw FrameReader.failure(failure);
  }

  private void down(Exception e) {
    synchronized (this) {
      up = false;
      if (stream != null) {
        stream.close();
      }
    }
    if (!closed) {
      statistics.reconnecting();
      LOG.warn("{}: {}; trying again", name, e.toString());
      reconnection.failed();
    }
  }

  /** Called now and then: is the server still there? */
  synchronized void check(long nowNs) {
    if (stream == null || closed) {
      return;
    }
    long silentNs = nowNs - stream.heardNs();
    if (silentNs > DEAD_AFTER_NS) {
      LOG.warn("{}: the server has been silent for {} ms", name, silentNs / 1_000_000);
      up = false;
      stream.close();
    } else if (up && silentNs > PING_AFTER_NS && nowNs - pingedNs > PING_AFTER_NS) {
      pingedNs = nowNs;
      send(Frames.of(FrameType.PING, Ping.newBuilder().setToken(nowNs).build()));
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      if (stream != null) {
        stream.close();
      }
    }
    reconnection.close();
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
