package io.criulazy.client.fault;

/**
 * The UNMAPs that only repeat a REMAP: when a mapping has moved, the kernel reports the move and
 * then that the old place is gone. Another thread's REMAP to that place may be read in between, so
 * the repetition must not be taken for the end of what came there; and nothing else may be taken
 * for a repetition, for what a process really unmaps is not to be delivered any more.
 *
 * <p>A move with MREMAP_DONTUNMAP is never repeated; what waits for it here gives way to newer
 * moves in time. Not thread-safe: guarded by the process's {@link CopyGate}.
 */
final class UnmapEchoes {
  /** More than there can be threads between their REMAP and its repetition. */
  private static final int CAPACITY = 256;

  private final long[] starts = new long[CAPACITY];
  private final long[] ends = new long[CAPACITY];
  private int next;

  /** A REMAP has taken away what was at [start, end). */
  void expect(long start, long end) {
    take(start, end);
    starts[next] = start;
    ends[next] = end;
    next = (next + 1) % CAPACITY;
  }

  /** Whether an UNMAP of exactly [start, end) is expected as a repetition; then it is no more. */
  boolean take(long start, long end) {
    for (int i = 0; i < CAPACITY; i++) {
      if (starts[i] == start && ends[i] == end) {
        ends[i] = starts[i] = 0;
        return true;
      }
    }
    return false;
  }
}
