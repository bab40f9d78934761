package io.criulazy.proto.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Collects the entries of a {@link SeekIndex}, in address order, in one pass.
 *
 * <p>An entry that continues the one before it in address, flags, file and offset is merged into
 * it. Entries are kept in chunks that grow with their number, so nothing is copied until {@link
 * #build} puts them into one array: at that moment they take twice their size. For one thread; used
 * once.
 */
public final class SeekIndexBuilder {
  private static final int FIRST_CHUNK_RECORDS = 64;
  private static final int LARGEST_CHUNK_RECORDS = 1 << 18;

  private final List<long[]> fullChunks = new ArrayList<>();
  private long[] chunk = new long[FIRST_CHUNK_RECORDS * IndexRecord.LONGS];
  private int used;
  private int recordCount;
  private long pageCount;
  private long lazyPageCount;

  // The entry that may still grow; pendingEnd 0 = none yet.
  private long pendingStart;
  private long pendingEnd;
  private boolean pendingLazy;
  private boolean pendingPresent;
  private int pendingFile;
  private long pendingOffset;

  /**
   * Adds pages whose bytes are in a pages file.
   *
   * @param start address, a multiple of the page size, not below the end of what was added before
   * @param pages how many, at least 1; start + pages stays below 2^63
   * @param file ordinal of the pages file, not negative
   * @param fileOffset byte offset of the first page, a multiple of the page size
   * @throws IllegalArgumentException if one of that does not hold
   * @throws IllegalStateException if there are more than {@link SeekIndex#MAX_ENTRIES} entries
   */
  public void addPresent(long start, long pages, boolean lazy, int file, long fileOffset) {
    if (file < 0 || fileOffset < 0 || fileOffset % SeekIndex.PAGE_BYTES != 0) {
      throw new IllegalArgumentException("file " + file + ", offset " + fileOffset);
    }
    add(start, pages, lazy, true, file, fileOffset);
  }

  /**
   * Adds lazy pages whose bytes are with the dumping criu.
   *
   * @param start as in {@link #addPresent}
   * @param pages as in {@link #addPresent}
   * @throws IllegalArgumentException as {@link #addPresent}
   * @throws IllegalStateException as {@link #addPresent}
   */
  public void addAbsent(long start, long pages) {
    add(start, pages, true, false, 0, 0);
  }

  /** Whether the next entry, if it does not continue the last one, is one too many. */
  public boolean full() {
    return recordCount + 1 >= SeekIndex.MAX_ENTRIES;
  }

  /** Makes the index; the builder can't be used any more. */
  public SeekIndex build() {
    if (pendingEnd == 0) {
      return SeekIndex.empty();
    }
    flushPending();
    int blocks = (recordCount + SearchLevels.FANOUT - 1) / SearchLevels.FANOUT;
    long[] records = new long[blocks * SearchLevels.FANOUT * IndexRecord.LONGS];
    int at = 0;
    for (long[] full : fullChunks) {
      System.arraycopy(full, 0, records, at, full.length);
      at += full.length;
    }
    System.arraycopy(chunk, 0, records, at, used);
    Arrays.fill(records, at + used, records.length, Long.MAX_VALUE);
    fullChunks.clear();
    chunk = null;
    return new SeekIndex(records, recordCount, pageCount, lazyPageCount);
  }

  private void add(
      long start, long pages, boolean lazy, boolean present, int file, long fileOffset) {
    if (start < pendingEnd
        || start % SeekIndex.PAGE_BYTES != 0
        || pages <= 0
        || pages > (Long.MAX_VALUE - start) / SeekIndex.PAGE_BYTES) {
      throw new IllegalArgumentException(
          pages + " pages at 0x" + hex(start) + ", after 0x" + hex(pendingEnd));
    }
    pageCount += pages;
    lazyPageCount += lazy ? pages : 0;
    long end = start + pages * SeekIndex.PAGE_BYTES;
    if (continuesPending(start, lazy, present, file, fileOffset)) {
      pendingEnd = end;
      return;
    }
    if (pendingEnd != 0) {
      flushPending();
    }
    pendingStart = start;
    pendingEnd = end;
    pendingLazy = lazy;
    pendingPresent = present;
    pendingFile = file;
    pendingOffset = fileOffset;
  }

  private boolean continuesPending(
      long start, boolean lazy, boolean present, int file, long fileOffset) {
    return start == pendingEnd
        && pendingEnd != 0
        && lazy == pendingLazy
        && present == pendingPresent
        && file == pendingFile
        && (!present || fileOffset == pendingOffset + (pendingEnd - pendingStart));
  }

  private void flushPending() {
    if (recordCount == SeekIndex.MAX_ENTRIES) {
      throw new IllegalStateException("more than " + SeekIndex.MAX_ENTRIES + " entries");
    }
    if (used == chunk.length) {
      fullChunks.add(chunk);
      int records = Math.min(LARGEST_CHUNK_RECORDS, 2 * chunk.length / IndexRecord.LONGS);
      chunk = new long[records * IndexRecord.LONGS];
      used = 0;
    }
    chunk[used] = IndexRecord.startWord(pendingStart, pendingLazy, pendingPresent, pendingFile);
    chunk[used + 1] = IndexRecord.endWord(pendingEnd, pendingFile);
    chunk[used + 2] = IndexRecord.offsetWord(pendingOffset, pendingFile);
    used += IndexRecord.LONGS;
    recordCount++;
  }

  private static String hex(long address) {
    return Long.toHexString(address);
  }
}
