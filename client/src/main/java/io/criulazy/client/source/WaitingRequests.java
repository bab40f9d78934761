package io.criulazy.client.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Requests for which a connection has no room, in their order, for threads that must not wait: a
 * thread of its own writes them as soon as it can. It is started for the first of them.
 *
 * <p>Bounded: whoever takes no requests for so long is not a server that serves. Any thread.
 */
final class WaitingRequests implements AutoCloseable {
  /** Some ten thousands of requests. */
  static final int MAX_BYTES = 2 << 20;

  private static final int WRITE_BYTES = 16 << 10;

  private final Writer writer;
  private final Runnable onFailure;
  private final Deque<ByteBuffer> requests = new ArrayDeque<>();
  private int bytes;
  private Thread thread;
  private boolean closed;

  /** Writes all of a request, however long that takes. */
  interface Writer {
    void write(ByteBuffer request) throws IOException;
  }

  /**
   * @param onFailure called when a request can't be written
   */
  WaitingRequests(Writer writer, Runnable onFailure) {
    this.writer = writer;
    this.onFailure = onFailure;
  }

  /** Whether there is none: the next may go its own way. */
  synchronized boolean isEmpty() {
    return bytes == 0;
  }

  /**
   * Takes a request, or the rest of one; its owner from now on. Does not wait.
   *
   * @throws IOException if there are too many
   */
  synchronized void add(ByteBuffer request) throws IOException {
    if (closed || bytes + request.remaining() > MAX_BYTES) {
      throw new IOException(closed ? "closed" : "the server takes no requests");
    }
    requests.add(request);
    bytes += request.remaining();
    if (thread == null) {
      thread = new Thread(this::run, "requests");
      thread.setDaemon(true);
      thread.start();
    }
    notifyAll();
  }

  private void run() {
    try {
      ByteBuffer request;
      while ((request = next()) != null) {
        int size = request.remaining();
        writer.write(request);
        written(size);
      }
    } catch (IOException | RuntimeException e) {
      onFailure.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized ByteBuffer next() throws InterruptedException {
    while (requests.isEmpty() && !closed) {
      wait();
    }
    return closed ? null : together();
  }

  /** As many as fit into one write: over TLS each write is a record. */
  private ByteBuffer together() {
    if (requests.size() == 1) {
      return requests.remove();
    }
    ByteBuffer several = ByteBuffer.allocate(Math.max(WRITE_BYTES, requests.peek().remaining()));
    while (!requests.isEmpty() && requests.peek().remaining() <= several.remaining()) {
      several.put(requests.remove());
    }
    return several.flip();
  }

  /** Only now is it none of them: what comes next must not overtake it. */
  private synchronized void written(int size) {
    bytes -= size;
  }

  /** Nothing more is written. Does not wait. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
