package io.criulazy.client.source;

import io.criulazy.client.sys.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to a page server that is made again whenever it breaks, whatever is spoken over it.
 *
 * <p>A thread of its own connects, and reads unless an {@link AnswerLoop} does. Sending never
 * waits. Any thread.
 */
final class ServerLink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServerLink.class);

  private final String name;
  private final Reconnection reconnection;
  private final Conversation conversation;
  private final SourceStatistics statistics;
  private final Thread thread;

  private ServerStream stream;
  private boolean up;
  private AnswerLoop loop;
  private volatile boolean closed;

  /** What is spoken. */
  interface Conversation {
    /**
     * Begins on a new connection: greets if that is needed, calls {@link ServerLink#opened} and
     * asks again for what has not come. On the link's thread; may wait.
     */
    void begin(ServerStream fresh) throws IOException;

    /** Reads an answer and waits for it. On the link's thread. */
    void receive(ServerStream from) throws IOException;

    /** Reads what has come, on the loop's thread, without waiting. */
    default void receiveNow(ServerStream from) throws IOException {
      throw new UnsupportedOperationException();
    }
  }

  ServerLink(
      String name,
      Reconnection reconnection,
      Conversation conversation,
      SourceStatistics statistics) {
    this.name = name;
    this.reconnection = reconnection;
    this.conversation = conversation;
    this.statistics = statistics;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /**
   * Begins.
   *
   * @param first ready for use, or null: the link connects itself
   * @param reader reads the answers of plain connections, or null: the link's thread does
   */
  void start(ServerStream first, AnswerLoop reader) {
    stream = first;
    up = first != null;
    loop = reader;
    thread.start();
  }

  /** The connection that has just been begun takes requests. */
  synchronized void opened() {
    up = true;
  }

  /** The server is there and says that it serves. */
  void greeted() {
    statistics.connected(this);
  }

  /** The server serves: should it fail, it is asked again at once. */
  void works() {
    reconnection.succeeded();
    statistics.connected(this);
  }

  /**
   * Sends, if there is a connection; one that can't be written to is found broken by its reader.
   */
  synchronized void send(ByteBuffer request) {
    if (!up) {
      return;
    }
    try {
      stream.writeNow(request);
    } catch (IOException e) {
      LOG.debug("{}: {}", name, e.getMessage());
      end();
    }
  }

  synchronized boolean isUp() {
    return up;
  }

  /** For how long nothing has come, as of {@code nowNs}; 0 if there is no connection. */
  synchronized long silentNs(long nowNs) {
    return stream == null || closed ? 0 : nowNs - stream.heardNs();
  }

  /** Gives up a connection over which nothing has come for too long. */
  synchronized void giveUp(String why, long forNs) {
    if (up) {
      LOG.warn("{}: the page server {} for {} ms", name, why, forNs / 1_000_000);
    }
    end();
  }

  private synchronized void end() {
    up = false;
    if (stream != null) {
      stream.close();
    }
  }

  private void run() {
    while (!closed) {
      try {
        ServerStream current = isUp() ? stream : connect();
        if (loop != null && current.plain().isPresent()) {
          handOver(current);
        }
        while (!closed) {
          conversation.receive(current);
        }
      } catch (IOException | RuntimeException e) {
        down(e);
      }
    }
  }

  private ServerStream connect() throws IOException {
    ServerStream fresh = reconnection.open();
    synchronized (this) {
      stream = fresh;
      if (closed) {
        fresh.close();
      }
    }
    conversation.begin(fresh);
    return fresh;
  }

  private void handOver(ServerStream current) throws IOException {
    Handover handover = new Handover(current, current.plain().get());
    if (!handover.socket.use()) {
      throw new IOException("closed");
    }
    loop.watch(handover);
    handover.await();
  }

  /** The loop's turn to read. */
  private final class Handover implements AnswerReader {
    private final ServerStream current;
    private final StreamSocket socket;
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile Exception failure;

    Handover(ServerStream current, StreamSocket socket) {
      this.current = current;
      this.socket = socket;
    }

    @Override
    public int fd() {
      return socket.fd();
    }

    @Override
    public boolean ready() {
      try {
        conversation.receiveNow(current);
        return true;
      } catch (IOException | RuntimeException e) {
        failure = e;
        return false;
      }
    }

    @Override
    public void forgotten() {
      socket.release();
      over.countDown();
    }

    void await() throws IOException {
      try {
        over.await();
      } catch (InterruptedException e) {
        throw new IOException("interrupted", e);
      }
      throw new IOException(failure == null ? "nobody reads" : failure.toString(), failure);
    }
  }

  private void down(Exception e) {
    end();
    if (!closed) {
      statistics.reconnecting(this);
      LOG.warn("{}: {}; trying again", name, e.toString());
      reconnection.failed();
    }
  }

  /** No connection is made any more; returns when the server has closed, or soon. */
  void finish(long waitMs) {
    closed = true;
    join(waitMs);
  }

  @Override
  public void close() {
    closed = true;
    end();
    reconnection.close();
    thread.interrupt();
    join(0);
    statistics.connected(this);
  }

  private void join(long waitMs) {
    try {
      thread.join(waitMs);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
