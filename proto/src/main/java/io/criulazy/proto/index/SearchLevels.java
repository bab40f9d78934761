package io.criulazy.proto.index;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * The levels of a static search tree above the records of a {@link SeekIndex}.
 *
 * <p>The lowest level holds the start of every {@value #FANOUT}th record, the next one every
 * {@value #FANOUT}th key of that, up to a level of one node. All but the lowest one or two stay in
 * the CPU's caches, so that a lookup waits for memory about twice, where a binary search over all
 * records would wait eight times. A node is searched without a branch: which key is the right one
 * can't be predicted, and its loads are independent of each other. The cost is 8/15 byte a record.
 */
final class SearchLevels {
  static final int FANOUT = 16;

  /** Top level first; each a whole number of nodes, padded with keys that no address reaches. */
  private final long[][] levels;

  private SearchLevels(long[][] levels) {
    this.levels = levels;
  }

  /**
   * Builds the levels.
   *
   * @param records as of {@link IndexRecord}, ascending
   * @param count records in use
   */
  static SearchLevels over(long[] records, int count) {
    Deque<long[]> topFirst = new ArrayDeque<>();
    int keys = nodesFor(count);
    if (keys > 1) {
      long[] lowest = paddedLevel(keys);
      for (int i = 0; i < keys; i++) {
        lowest[i] = IndexRecord.start(records, i * FANOUT * IndexRecord.LONGS);
      }
      topFirst.addFirst(lowest);
      for (int below = keys; below > FANOUT; below = nodesFor(below)) {
        topFirst.addFirst(everyNodesFirst(topFirst.peekFirst(), nodesFor(below)));
      }
    }
    return new SearchLevels(topFirst.toArray(new long[0][]));
  }

  /**
   * The only block of {@value #FANOUT} records that can hold the last record whose start is at or
   * below the address.
   *
   * @param address not below the first record's start
   */
  int block(long address) {
    int node = 0;
    for (long[] level : levels) {
      int first = node * FANOUT;
      int notAbove = 0;
      for (int i = 0; i < FANOUT; i++) {
        // 1 if key <= address: both are below 2^63, so the difference does not overflow
        notAbove += (int) ((level[first + i] - address - 1) >>> 63);
      }
      node = first + notAbove - 1;
    }
    return node;
  }

  long memoryBytes() {
    long longs = 0;
    for (long[] level : levels) {
      longs += level.length;
    }
    return longs * Long.BYTES;
  }

  private static long[] everyNodesFirst(long[] below, int keys) {
    long[] level = paddedLevel(keys);
    for (int i = 0; i < keys; i++) {
      level[i] = below[i * FANOUT];
    }
    return level;
  }

  private static long[] paddedLevel(int keys) {
    long[] level = new long[nodesFor(keys) * FANOUT];
    Arrays.fill(level, keys, level.length, Long.MAX_VALUE);
    return level;
  }

  private static int nodesFor(int keys) {
    return (keys + FANOUT - 1) / FANOUT;
  }
}
