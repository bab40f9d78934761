package io.criulazy.client.source;

import io.criulazy.client.sys.PageSize;
import io.criulazy.proto.index.SeekIndex;
import java.util.Arrays;

/**
 * Which pages a process still needs of its image, in aligned chunks of {@value #PAGES} pages: the
 * chunks that have a lazy page are numbered from 0 in address order. 10 bytes a chunk. Not
 * synchronised.
 */
final class LazyChunks {
  static final int PAGES = 16;

  private static final int CHUNK_SHIFT = 16;
  private static final int ALL = (1 << PAGES) - 1;

  /** Address of each chunk, shifted. */
  private final long[] chunks;

  /** A bit for each page that is needed. */
  private final short[] needed;

  private LazyChunks(long[] chunks, short[] needed) {
    this.chunks = chunks;
    this.needed = needed;
  }

  /** All lazy pages of a task. */
  static LazyChunks of(SeekIndex index) {
    long[] chunks = new long[64];
    short[] needed = new short[64];
    int count = 0;
    for (int entry = 0; entry < index.entryCount(); entry++) {
      if (!index.lazy(entry)) {
        continue;
      }
      long end = index.end(entry);
      for (long at = index.start(entry); at < end; at = ((at >> CHUNK_SHIFT) + 1) << CHUNK_SHIFT) {
        long chunk = at >> CHUNK_SHIFT;
        if (count == 0 || chunks[count - 1] != chunk) {
          if (count == chunks.length) {
            chunks = Arrays.copyOf(chunks, count * 2);
            needed = Arrays.copyOf(needed, count * 2);
          }
          chunks[count++] = chunk;
        }
        needed[count - 1] |= (short) mask(chunk, at, end);
      }
    }
    return new LazyChunks(Arrays.copyOf(chunks, count), Arrays.copyOf(needed, count));
  }

  /** The bits of those pages of a chunk that lie in [start, end). */
  private static int mask(long chunk, long start, long end) {
    long base = chunk << CHUNK_SHIFT;
    int from = (int) Math.max(0, start - base >> PageSize.SHIFT);
    int to = (int) Math.min(PAGES, end - base >> PageSize.SHIFT);
    return to <= from ? 0 : ALL >>> PAGES - (to - from) << from;
  }

  LazyChunks copy() {
    return new LazyChunks(chunks, needed.clone());
  }

  int count() {
    return chunks.length;
  }

  /** The chunk that has an address, or -1. */
  int find(long address) {
    int found = Arrays.binarySearch(chunks, address >> CHUNK_SHIFT);
    return found >= 0 ? found : -1;
  }

  /** The first chunk that ends behind an address; {@link #count} if there is none. */
  int ceiling(long address) {
    int found = Arrays.binarySearch(chunks, address >> CHUNK_SHIFT);
    return found >= 0 ? found : -found - 1;
  }

  /** Address of a chunk's first page. */
  long address(int chunk) {
    return chunks[chunk] << CHUNK_SHIFT;
  }

  /** A bit for each page of a chunk that is needed, the first page's the lowest. */
  int needed(int chunk) {
    return needed[chunk] & ALL;
  }

  /** The pages of [start, end) are needed no more; returns their bits as far as they are in it. */
  int settle(int chunk, long start, long end) {
    int mask = mask(chunks[chunk], start, end);
    needed[chunk] &= (short) ~mask;
    return mask;
  }

  /** The page of its chunk that an address is in. */
  static int pageOf(long address) {
    return (int) (address >> PageSize.SHIFT) & PAGES - 1;
  }

  /** The bits of [from, from + pages). */
  static int bits(int from, int pages) {
    return ALL >>> PAGES - pages << from;
  }
}
