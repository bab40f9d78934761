package io.criulazy.client.source;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where to connect next, and when: the replicas in turn, and a growing pause with jitter after each
 * round of failures. One lane's.
 */
final class Reconnection implements AutoCloseable {
  private static final long FIRST_PAUSE_MS = 50;
  private static final long LAST_PAUSE_MS = 2_000;

  private final List<ServerAddress> addresses;
  private final Optional<ClientTls> tls;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private int next;
  private int failures;
  private boolean closed;

  private Reconnection(List<ServerAddress> addresses, Optional<ClientTls> tls) {
    this.addresses = List.copyOf(addresses);
    this.tls = tls;
  }

  /** Beginning with the replica of that number. */
  static Reconnection from(int first, RemoteOptions options) {
    Reconnection reconnection = new Reconnection(options.servers(), options.tls());
    reconnection.next = first;
    return reconnection;
  }

  /** Connects to the replica whose turn it is, after the pause that is due. */
  ServerStream open() throws IOException {
    pause();
    ServerAddress address = addresses.get(next);
    try {
      return ServerStream.open(address, tls);
    } catch (IOException e) {
      throw new IOException(address + ": " + e.getMessage(), e);
    }
  }

  /** The connection serves. */
  void succeeded() {
    failures = 0;
  }

  /** The connection has broken, or never came about: it is the next one's turn. */
  void failed() {
    failures++;
    next = (next + 1) % addresses.size();
  }

  private void pause() throws IOException {
    int rounds = failures / addresses.size();
    if (rounds == 0) {
      return;
    }
    long pauseMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(rounds - 1, 10));
    pauseMs = pauseMs / 2 + ThreadLocalRandom.current().nextLong(pauseMs);
    lock.lock();
    try {
      long leftNs = TimeUnit.MILLISECONDS.toNanos(pauseMs);
      while (leftNs > 0 && !closed) {
        leftNs = ended.awaitNanos(leftNs);
      }
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    } finally {
      lock.unlock();
    }
  }

  /** Ends a pause. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
