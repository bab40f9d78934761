package io.criulazy.client.rings;

import io.criulazy.proto.image.rings.IoUringRing;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** What a process sees of its ring, copied from the recorded ring into a new one. */
final class RecordedMemory {
  private RecordedMemory() {}

  /** A word of the recorded rings, one of {@code Uring.SQ_..., CQ_...}. */
  static int word(IoUringRing ring, int offset) {
    return ByteBuffer.wrap(ring.rings()).order(ByteOrder.nativeOrder()).getInt(offset);
  }

  /**
   * Everything but the positions, and the submission queue's flags, which are the kernel's: entries
   * of both queues, indexes, counters of what was lost, and the process's own flags.
   */
  static void copy(IoUringRing ring, RingMemory memory) {
    byte[] rings = ring.rings();
    memory.rings().putBytes(Uring.CQES, Arrays.copyOfRange(rings, Uring.CQES, rings.length));
    memory.sqes().putBytes(0, ring.sqes());
    for (int offset : new int[] {Uring.SQ_DROPPED, Uring.CQ_FLAGS, Uring.CQ_OVERFLOW}) {
      memory.rings().putInt(offset, word(ring, offset));
    }
    memory.rings().putOrdered(Uring.CQ_HEAD, word(ring, Uring.CQ_HEAD));
  }

  /** All pending submissions become visible at once: a chain of them must not be torn. */
  static void publishSubmissions(IoUringRing ring, RingMemory memory) {
    memory.rings().putOrdered(Uring.SQ_TAIL, word(ring, Uring.SQ_TAIL));
  }
}
