package io.criulazy.client.rings;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.TracedThread;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * A ring of a stopped process where the kernel's structures can't be read: what its own threads are
 * told of it by calls that leave no trace in it. Each is refused before anything is done, for its
 * argument is no good.
 */
final class ProbedRing {
  private static final int REGISTERED_RINGS = 16;
  private static final long NO_ADDRESS = 1;

  private final FoundRing ring;
  private final TracedThread owner;
  private final boolean owned;
  private final boolean single;

  private ProbedRing(FoundRing ring, TracedThread owner, boolean owned) {
    this.ring = ring;
    this.owner = owner;
    this.owned = owned;
    long told =
        SystemCall.call(
            SyscallNumbers.IO_URING_REGISTER,
            ring.ownFd(),
            Uring.UNREGISTER_EVENTFD,
            NO_ADDRESS,
            1);
    this.single = told == -Errno.EEXIST;
  }

  /**
   * Finds a thread that may use a ring.
   *
   * @param places of {@link #places}
   */
  static ProbedRing of(TracedProcess traced, FoundRing ring, Map<Integer, Integer> places)
      throws IOException {
    TracedThread first = null;
    for (TracedThread thread : traced.threads()) {
      if (probe(thread, ring.fd(), Uring.UNREGISTER_EVENTFD) != -Errno.EEXIST) {
        boolean user = places.containsKey(thread.tid());
        if (user) {
          return new ProbedRing(ring, thread, true);
        }
        first = first == null || thread == traced.leader() ? thread : first;
      }
    }
    return new ProbedRing(ring, first == null ? traced.leader() : first, first != null);
  }

  /** How many rings each thread that has used any has registered as descriptors of io_uring's. */
  static Map<Integer, Integer> places(TracedProcess traced) throws IOException {
    Map<Integer, Integer> places = new HashMap<>();
    for (TracedThread thread : traced.threads()) {
      for (int i = 0; i < REGISTERED_RINGS; i++) {
        long told =
            thread.call(SyscallNumbers.IO_URING_ENTER, i, 0, 0, Uring.ENTER_REGISTERED_RING, 0, 0);
        if (told == -Errno.EINVAL) {
          break; // it has never used a ring
        }
        places.merge(thread.tid(), told == -Errno.EBADF ? 0 : 1, Integer::sum);
      }
    }
    return places;
  }

  private static long probe(TracedThread thread, int fd, int operation) throws IOException {
    return thread.call(SyscallNumbers.IO_URING_REGISTER, fd, operation, NO_ADDRESS, 1);
  }

  /** What a registration is told whose argument is nowhere. */
  long probe(int operation) throws IOException {
    return probe(owner, ring.fd(), operation);
  }

  /** A thread that may use it. */
  TracedThread owner() {
    return owner;
  }

  /** Whether there is such a thread. */
  boolean isOwned() {
    return owned;
  }

  /** Whether one thread alone may use it. */
  boolean isSingle() {
    return single;
  }

  FoundRing ring() {
    return ring;
  }
}
