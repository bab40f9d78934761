package io.criulazy.daemon.server;

import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.WireException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The Reads of one connection that wait for their answers: urgent ones first, each kind in the
 * order in which it came. Bounded by the client's credit. Used on the connection's event loop.
 */
final class PendingReads {
  /** How much a client may have asked for and not got. */
  static final long CREDIT_BYTES = 64L << 20;

  private final Deque<PendingRead> urgent = new ArrayDeque<>();
  private final Deque<PendingRead> bulk = new ArrayDeque<>();
  private long creditBytes = CREDIT_BYTES;

  /**
   * Takes one more.
   *
   * @throws WireException if the client has no credit for it
   */
  void add(PendingRead read) throws WireException {
    if (read.creditBytes() > creditBytes) {
      throw new WireException(
          FailureCode.OUT_OF_CREDIT,
          "request %d asks for %d bytes, the credit is %d"
              .formatted(read.request(), read.creditBytes(), creditBytes));
    }
    creditBytes -= read.creditBytes();
    (read.isUrgent() ? urgent : bulk).addLast(read);
  }

  /** The one to work on now, or null. */
  PendingRead first() {
    PendingRead read = urgent.peekFirst();
    return read != null ? read : bulk.peekFirst();
  }

  /** How many there are. */
  int count() {
    return urgent.size() + bulk.size();
  }

  /** It is answered. */
  void remove(PendingRead read) {
    if ((read.isUrgent() ? urgent : bulk).removeFirstOccurrence(read)) {
      creditBytes += read.creditBytes();
    }
  }

  /** The one of that number, taken out; null if it is answered already. */
  PendingRead cancel(long request) {
    for (Deque<PendingRead> queue : List.of(urgent, bulk)) {
      for (PendingRead read : queue) {
        if (read.request() == request) {
          remove(read);
          return read;
        }
      }
    }
    return null;
  }
}
