package io.criulazy.client.source;

import io.criulazy.client.sys.PageSize;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A connection in our protocol: everything that was asked for and has not come when it breaks is
 * asked for again on the next one, in the same order.
 */
final class WireLane implements ServerLink.Conversation, AutoCloseable {
  private static final long PING_AFTER_NS = 1_000_000_000L;
  private static final long DEAD_AFTER_NS = 4_000_000_000L;

  /** A server that does not give what it was asked for, though it is there. */
  private static final long STALLED_AFTER_NS = 15_000_000_000L;

  private final WireGreeting greeting;
  private final Runnable onProgress;
  private final SourceStatistics statistics;
  private final FrameReader reader = new FrameReader();
  private final ServerLink link;

  private final Map<Long, OpenRead> inFlight = new LinkedHashMap<>();
  private long inFlightBytes;
  private long lastRequest;
  private long pingedNs;
  private long aloneSinceNs;

  /** When a page came last, or was asked for while none was on its way. */
  private long progressNs;

  private long begunNs = System.nanoTime();

  private volatile long roundTripNs = Long.MAX_VALUE;
  private boolean closed;

  /**
   * @param onProgress called when an ask is answered, by who has read the answer
   */
  WireLane(
      String name,
      Reconnection reconnection,
      WireGreeting greeting,
      Runnable onProgress,
      SourceStatistics statistics) {
    this.greeting = greeting;
    this.onProgress = onProgress;
    this.statistics = statistics;
    this.link = new ServerLink(name, reconnection, this, statistics);
  }

  /**
   * @param first greeted already, or null: the lane connects itself
   * @param loop reads the answers, or null: a thread of the lane's does
   */
  void start(ServerStream first, AnswerLoop loop) {
    link.start(first, loop);
  }

  /** Asks. */
  synchronized void ask(PageAsk ask) {
    if (closed) {
      return;
    }
    if (inFlight.isEmpty()) {
      aloneSinceNs = System.nanoTime();
      progressNs = aloneSinceNs;
    }
    long request = ++lastRequest;
    inFlight.put(request, new OpenRead(ask));
    inFlightBytes += ask.pages() * PageSize.BYTES;
    link.send(read(request, ask));
  }

  /** How much has been asked for and has not come. */
  synchronized long inFlightBytes() {
    return inFlightBytes;
  }

  /** For how long, as of {@code nowNs}, pages have been asked for and none has come. */
  synchronized long waitedNs(long nowNs) {
    return inFlight.isEmpty() ? 0 : nowNs - progressNs;
  }

  /** The shortest that an answer to a single ask has taken. */
  long roundTripNs() {
    return roundTripNs;
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

  @Override
  public void begin(ServerStream fresh) throws IOException {
    reader.forget();
    fresh.write(ByteBuffer.wrap(Preamble.client()));
    FrameReader.preamble(fresh, new byte[0]);
    greeting.exchange(fresh, reader);
    link.greeted();
    askAgain();
  }

  private void askAgain() {
    List<PageAsk> asks;
    synchronized (this) {
      asks = inFlight.values().stream().map(OpenRead::ask).toList();
    }
    List<PageAsk> wanted = asks.stream().filter(ask -> ask.owner().isWanted(ask)).toList();
    synchronized (this) {
      // What was asked since then comes behind.
      List<PageAsk> later =
          inFlight.values().stream().skip(asks.size()).map(OpenRead::ask).toList();
      long sinceNs = progressNs;
      inFlight.clear();
      inFlightBytes = 0;
      begunNs = System.nanoTime();
      link.opened();
      wanted.forEach(this::ask);
      later.forEach(this::ask);
      progressNs = sinceNs;
    }
  }

  @Override
  public void receive(ServerStream from) throws IOException {
    take(reader.next(from));
  }

  @Override
  public void receiveNow(ServerStream from) throws IOException {
    if (reader.hasNext(from)) {
      take(reader.taken()); // one at a time: others go first
    }
  }

  /** Whatever a server can't do, another may: at a failure the connection is given up. */
  private void take(FrameType type) throws WireException {
    if (type == FrameType.PAGES) {
      pages(reader.pages());
    } else if (type == FrameType.FAILURE) {
      throw FrameReader.failure(reader.header(Failure.parser()));
    }
  }

  private void pages(Pages header) throws WireException {
    PageAsk ask = next(header);
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
          long address = header.getAddress() + first * PageSize.BYTES;
          ask.owner().came(address, pages, at < 0 ? null : payload, payloadAt + Math.max(0, at));
        });
    missing(ask, header.getAddress(), known[0], header.getPages());
    came();
    if (header.getLast()) {
      answered(header.getRequest(), ask);
    }
  }

  private static void missing(PageAsk ask, long address, int from, int to) {
    if (to > from) {
      ask.owner().isAbsent(address + from * PageSize.BYTES, to - from);
    }
  }

  /** The ask that a part of an answer belongs to; the part has to be the one that is due. */
  private PageAsk next(Pages part) throws WireException {
    OpenRead read;
    synchronized (this) {
      read = inFlight.get(part.getRequest());
    }
    if (read == null) {
      throw new WireException(
          FailureCode.MALFORMED,
          "an answer to request %d that nobody made".formatted(part.getRequest()));
    }
    read.take(part);
    return read.ask();
  }

  private void came() {
    link.works();
    synchronized (this) {
      progressNs = System.nanoTime();
    }
  }

  private void answered(long request, PageAsk ask) {
    synchronized (this) {
      if (inFlight.remove(request) != null) {
        inFlightBytes -= ask.pages() * PageSize.BYTES;
      }
      if (inFlight.isEmpty()) {
        measure();
      }
    }
    onProgress.run();
  }

  /** If nothing was asked for after it, the ask that has been answered was the only one. */
  private void measure() {
    long tookNs = System.nanoTime() - aloneSinceNs;
    if (tookNs < roundTripNs) {
      roundTripNs = tookNs;
    }
  }

  /** Called now and then: is the server still there? */
  void check(long nowNs) {
    long silentNs = link.silentNs(nowNs);
    if (silentNs > DEAD_AFTER_NS) {
      link.giveUp("has been silent", silentNs);
    } else if (isStalled(nowNs)) {
      link.giveUp("has not given what it was asked for", waitedNs(nowNs));
    } else if (silentNs > PING_AFTER_NS && nowNs - pingedNs > PING_AFTER_NS) {
      pingedNs = nowNs;
      link.send(Frames.of(FrameType.PING, Ping.newBuilder().setToken(nowNs).build()));
    }
  }

  /** Whether nothing that was asked for on this very connection has come. */
  private synchronized boolean isStalled(long nowNs) {
    return !inFlight.isEmpty() && nowNs - Math.max(progressNs, begunNs) > STALLED_AFTER_NS;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    link.close();
    reader.close();
  }
}
