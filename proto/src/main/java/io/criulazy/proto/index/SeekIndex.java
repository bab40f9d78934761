package io.criulazy.proto.index;

import io.criulazy.proto.image.PagemapReader;

/**
 * Where the pages of one task, or of one shared memory segment, are: a sorted list of address
 * ranges, each with its pages file and offset, parents already resolved.
 *
 * <p>An address that no entry contains was never written and reads as zeros. Entries are numbered
 * from 0 in address order, do not overlap, and never continue their predecessor (a builder merges
 * those). Addresses, lengths and offsets are bytes, multiples of {@link #PAGE_BYTES}, addresses
 * below 2^63. The methods that take an entry do not check its number beyond what the array access
 * does.
 *
 * <p>Immutable and safe for any number of threads; no method allocates. A lookup is O(log n) and
 * waits for memory about twice, however many entries there are (docs/performance.md). 24.5 bytes an
 * entry.
 */
public final class SeekIndex {
  /** Bytes in a page of the images. */
  public static final long PAGE_BYTES = PagemapReader.PAGE_BYTES;

  /** The most entries that one index can hold: what fits into one Java array. */
  public static final int MAX_ENTRIES = 715_000_000;

  private static final SeekIndex EMPTY = new SeekIndex(new long[0], 0, 0, 0);

  private final long[] records;
  private final int entryCount;
  private final long pageCount;
  private final long lazyPageCount;
  private final SearchLevels levels;
  private final long lowest;
  private final long highest;

  /**
   * Takes over the records.
   *
   * @param records as of {@link IndexRecord}; padded to whole blocks of the search tree with
   *     records that start where no address reaches
   */
  SeekIndex(long[] records, int entryCount, long pageCount, long lazyPageCount) {
    this.records = records;
    this.entryCount = entryCount;
    this.pageCount = pageCount;
    this.lazyPageCount = lazyPageCount;
    this.levels = SearchLevels.over(records, entryCount);
    this.lowest = entryCount == 0 ? Long.MAX_VALUE : start(0);
    this.highest = entryCount == 0 ? 0 : end(entryCount - 1);
  }

  /** The index of a task that has no page at all. */
  public static SeekIndex empty() {
    return EMPTY;
  }

  /** Number of entries. */
  public int entryCount() {
    return entryCount;
  }

  /** Number of pages in all entries. */
  public long pageCount() {
    return pageCount;
  }

  /** Number of pages in the entries that are {@link #lazy}. */
  public long lazyPageCount() {
    return lazyPageCount;
  }

  /** Heap that the index takes, in bytes, object headers left out. */
  public long memoryBytes() {
    return (long) records.length * Long.BYTES + levels.memoryBytes();
  }

  /** The entry that contains the address (any byte of a page), or -1. */
  public int find(long address) {
    if (address < lowest || address >= highest) {
      return -1;
    }
    int entry = floor(address);
    return address < end(entry) ? entry : -1;
  }

  /** The first entry whose end is above the address, or {@link #entryCount()} if there is none. */
  public int ceiling(long address) {
    if (address >= highest || address < 0) {
      return entryCount;
    }
    if (address < lowest) {
      return 0;
    }
    int entry = floor(address);
    return address < end(entry) ? entry : entry + 1;
  }

  /** Address of the entry's first byte. */
  public long start(int entry) {
    return IndexRecord.start(records, entry * IndexRecord.LONGS);
  }

  /** Address behind the entry's last byte. */
  public long end(int entry) {
    return IndexRecord.end(records, entry * IndexRecord.LONGS);
  }

  /**
   * Whether the image marks the pages as ones that can be restored lazily. That is the mark of the
   * image itself, not of a parent from which the bytes come: criu decides by it what it leaves out.
   */
  public boolean lazy(int entry) {
    return IndexRecord.lazy(records, entry * IndexRecord.LONGS);
  }

  /**
   * Whether the bytes are in a pages file. False: the pages are lazy and their bytes are with the
   * dumping criu; {@link #file} and {@link #fileOffset} are then 0.
   */
  public boolean present(int entry) {
    return IndexRecord.present(records, entry * IndexRecord.LONGS);
  }

  /** Ordinal of the pages file that holds the entry. */
  public int file(int entry) {
    return IndexRecord.file(records, entry * IndexRecord.LONGS);
  }

  /** Byte offset of {@link #start} in the pages file. */
  public long fileOffset(int entry) {
    return IndexRecord.fileOffset(records, entry * IndexRecord.LONGS);
  }

  /** The last entry that starts at or below the address, which is not below the lowest one. */
  private int floor(long address) {
    // Compares whole words: the low bits of a start word are no part of the address.
    long key = address | (PAGE_BYTES - 1);
    int block = levels.block(address) * SearchLevels.FANOUT;
    int at = block * IndexRecord.LONGS;
    int notAbove = 0;
    for (int i = 0; i < SearchLevels.FANOUT; i++) {
      notAbove += (int) ((records[at + i * IndexRecord.LONGS] - key - 1) >>> 63);
    }
    return block + notAbove - 1;
  }
}
