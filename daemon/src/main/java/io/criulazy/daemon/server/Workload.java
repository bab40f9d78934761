package io.criulazy.daemon.server;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What waits in all connections of our own protocol together: requests for their answers, and
 * answers for the network. If that is much, each connection gets less, and all go on: however many
 * clients ask for as much as they may and take none of it, there is room for those who do. Safe for
 * any number of threads.
 */
final class Workload {
  private static final long MUCH_UNSENT_BYTES = 64L << 20;
  private static final int SMALL_PAYLOAD_BYTES = 16 << 10;
  private static final long MANY_READS = 64 << 10;
  private static final int MAX_READS = 1024;
  private static final int FEW_READS = 16;

  private final AtomicLong unsentBytes = new AtomicLong();
  private final AtomicLong reads = new AtomicLong();

  void addUnsent(long bytes) {
    unsentBytes.addAndGet(bytes);
  }

  void addReads(int count) {
    reads.addAndGet(count);
  }

  /** Whether a connection may only have one answer under way. */
  boolean isHigh() {
    return unsentBytes.get() > MUCH_UNSENT_BYTES;
  }

  /** The most payload of the next part of an answer. */
  int payloadBytes() {
    return isHigh() ? SMALL_PAYLOAD_BYTES : PagesFrame.MAX_PAYLOAD_BYTES;
  }

  /** So many Reads a connection may have waiting before no more is taken off it. */
  int maxReads() {
    return reads.get() > MANY_READS ? FEW_READS : MAX_READS;
  }
}
