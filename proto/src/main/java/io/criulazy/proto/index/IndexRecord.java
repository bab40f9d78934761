package io.criulazy.proto.index;

/**
 * One entry of a {@link SeekIndex}: three longs, 24 bytes, next to each other, so that a hit costs
 * one or two cache lines. All three quantities are multiples of the page size; their low 12 bits
 * carry the rest.
 *
 * <pre>
 *          63                                   12 11                         0
 * long 0  | start address                         | 0 | file 24..30 | P | L   |
 * long 1  | end address (exclusive)               | file 0..11                |
 * long 2  | byte offset in the pages file         | file 12..23               |
 *                                                   L = lazy, P = present
 * </pre>
 *
 * <p>Addresses are below 2^63, so signed comparisons are enough.
 */
final class IndexRecord {
  static final int LONGS = 3;

  private static final long LOW_BITS = SeekIndex.PAGE_BYTES - 1;
  private static final long LAZY_BIT = 1;
  private static final long PRESENT_BIT = 2;
  private static final int HIGH_FILE_SHIFT = 2;

  private IndexRecord() {}

  static long startWord(long start, boolean lazy, boolean present, int file) {
    return start
        | (lazy ? LAZY_BIT : 0)
        | (present ? PRESENT_BIT : 0)
        | (long) (file >>> 24) << HIGH_FILE_SHIFT;
  }

  static long endWord(long end, int file) {
    return end | (file & LOW_BITS);
  }

  static long offsetWord(long fileOffset, int file) {
    return fileOffset | (file >>> 12 & LOW_BITS);
  }

  static long start(long[] records, int at) {
    return records[at] & ~LOW_BITS;
  }

  static long end(long[] records, int at) {
    return records[at + 1] & ~LOW_BITS;
  }

  static long fileOffset(long[] records, int at) {
    return records[at + 2] & ~LOW_BITS;
  }

  static boolean lazy(long[] records, int at) {
    return (records[at] & LAZY_BIT) != 0;
  }

  static boolean present(long[] records, int at) {
    return (records[at] & PRESENT_BIT) != 0;
  }

  static int file(long[] records, int at) {
    return (int)
        ((records[at + 1] & LOW_BITS)
            | (records[at + 2] & LOW_BITS) << 12
            | (records[at] & LOW_BITS) >>> HIGH_FILE_SHIFT << 24);
  }
}
