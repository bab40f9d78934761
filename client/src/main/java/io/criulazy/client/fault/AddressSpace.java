package io.criulazy.client.fault;

import io.criulazy.client.sys.PageSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What one process has still to get: which pages are due, and where their image addresses live now.
 *
 * <p>A segment is a stretch of run-time addresses that shows a stretch of an image range. At first
 * each lazy VMA is one segment whose run-time addresses are the image addresses; REMAP moves
 * segments, UNMAP cuts them. That a page is due is a bit kept by image address, so delivery,
 * removal and moves never split a segment and never shift what is known of its pages. A page that
 * is not due reads as zero when it faults: it was delivered and then removed, or never was in the
 * image.
 *
 * <p>Addresses are bytes, page-aligned. Not thread-safe: guarded by the process's {@link CopyGate}.
 */
public final class AddressSpace {
  private static final int NONE = -1;

  private long[] starts;
  private long[] ends;

  /** Index into {@link #ranges} of each segment. */
  private int[] rangeOf;

  /** Page of the range that each segment's start shows. */
  private long[] firstPages;

  /** Whether the segment has come to its place by REMAP. */
  private boolean[] moved;

  private int segments;
  private long duePages;
  private final List<ImageRange> ranges;
  private Settled settled = (imageAddress, bytes) -> {};

  /** Hears which pages of the image the process needs no more. */
  @FunctionalInterface
  interface Settled {
    /** The pages of [imageAddress, imageAddress + bytes), due until now or not. */
    void settled(long imageAddress, long bytes);
  }

  /** A contiguous lazy range of the image. */
  private record ImageRange(long imageStart, boolean wipeOnFork, DuePages due) {}

  /** An empty one, to be filled with {@link #addRange} and {@link #markDue}. */
  public AddressSpace() {
    this(16, new ArrayList<>());
  }

  private AddressSpace(int capacity, List<ImageRange> ranges) {
    starts = new long[capacity];
    ends = new long[capacity];
    rangeOf = new int[capacity];
    firstPages = new long[capacity];
    moved = new boolean[capacity];
    this.ranges = ranges;
  }

  /**
   * Adds a lazy VMA at its image address. Call in ascending order.
   *
   * @param wipeOnFork whether a forked child is to see zeros there (MADV_WIPEONFORK)
   */
  public void addRange(long start, long end, boolean wipeOnFork) {
    if (segments > 0 && start < ends[segments - 1]) {
      throw new IllegalArgumentException(
          "range " + Long.toHexString(start) + " overlaps the one before it");
    }
    ranges.add(new ImageRange(start, wipeOnFork, new DuePages((end - start) >> PageSize.SHIFT)));
    insert(segments, start, end, ranges.size() - 1, 0, false);
  }

  /** Makes [start, end) due; it lies within one range, and nothing has been moved yet. */
  public void markDue(long start, long end) {
    int segment = find(start);
    if (segment == NONE || end > ends[segment]) {
      throw new IllegalArgumentException(
          Long.toHexString(start) + "-" + Long.toHexString(end) + " is not within a lazy range");
    }
    DuePages due = due(segment);
    long before = due.due();
    due.set(pageOf(segment, start), pageOf(segment, end));
    duePages += due.due() - before;
  }

  /** Has it heard from now on what is needed no more. */
  void onSettled(Settled listener) {
    settled = listener;
  }

  /** How many pages are due. */
  public long duePages() {
    return duePages;
  }

  /** The segment that a run-time address lies in, or -1. Good until the next change. */
  int find(long address) {
    int i = floor(address);
    return i >= 0 && address < ends[i] ? i : NONE;
  }

  boolean isDue(int segment, long address) {
    return due(segment).isDue(pageOf(segment, address));
  }

  /** The image address that a run-time address of the segment shows. */
  long imageAddress(int segment, long address) {
    return ranges.get(rangeOf[segment]).imageStart() + (pageOf(segment, address) << PageSize.SHIFT);
  }

  /**
   * How many bytes from {@code address} on are due without a gap.
   *
   * @param maxBytes a positive multiple of the page size; the answer is at most this
   */
  long dueRunBytes(int segment, long address, long maxBytes) {
    long from = pageOf(segment, address);
    long to = pageOf(segment, address + Math.min(maxBytes, ends[segment] - address));
    return (due(segment).runEnd(from, to) - from) << PageSize.SHIFT;
  }

  /** The first run-time address at or after {@code from} where a page is due, or -1. */
  long nextDue(long from) {
    int first = floor(from);
    for (int i = Math.max(first, 0); i < segments; i++) {
      if (ends[i] <= from) {
        continue;
      }
      long start = Math.max(from, starts[i]);
      long page = due(i).next(pageOf(i, start), pageOf(i, ends[i]));
      if (page >= 0) {
        return starts[i] + ((page - firstPages[i]) << PageSize.SHIFT);
      }
    }
    return -1;
  }

  /** Whether a segment has come to its place by REMAP, so that a late UNMAP may not mean it. */
  boolean hasMoved(int segment) {
    return moved[segment];
  }

  /** The first segment that ends after {@code address}; {@link #segmentCount} if there is none. */
  int firstAfter(long address) {
    int i = floor(address);
    return i >= 0 && address < ends[i] ? i : i + 1;
  }

  int segmentCount() {
    return segments;
  }

  long start(int segment) {
    return starts[segment];
  }

  long end(int segment) {
    return ends[segment];
  }

  /**
   * Makes [start, end) not due: delivered, or removed by the process.
   *
   * @return how many pages were due
   */
  public long settle(long start, long end) {
    long pages = 0;
    for (int i = firstAfter(start); i < segments && starts[i] < end; i++) {
      long from = Math.max(start, starts[i]);
      long to = Math.min(end, ends[i]);
      long cleared = due(i).clear(pageOf(i, from), pageOf(i, to));
      if (cleared > 0) {
        settled.settled(imageAddress(i, from), to - from);
      }
      pages += cleared;
    }
    duePages -= pages;
    return pages;
  }

  /** UNMAP: nothing is due in [start, end) any more, and nothing of it shows the image. */
  public void unmap(long start, long end) {
    settle(start, end);
    cut(start, end);
  }

  /** REMAP: what [from, from + bytes) showed is shown by [to, to + bytes) from now on. */
  public void remap(long from, long to, long bytes) {
    AddressSpace moving = new AddressSpace(4, ranges);
    for (int i = firstAfter(from); i < segments && starts[i] < from + bytes; i++) {
      long start = Math.max(from, starts[i]);
      long end = Math.min(from + bytes, ends[i]);
      long shift = to - from;
      moving.insert(
          moving.segments, start + shift, end + shift, rangeOf[i], pageOf(i, start), true);
    }
    cut(from, from + bytes);
    unmap(to, to + bytes);
    int at = firstAfter(to);
    for (int i = 0; i < moving.segments; i++) {
      insert(
          at + i, moving.starts[i], moving.ends[i], moving.rangeOf[i], moving.firstPages[i], true);
    }
  }

  /** FORK: what the child has still to get, in a model of its own. */
  public AddressSpace fork() {
    return fork((imageAddress, bytes) -> {});
  }

  /**
   * As {@link #fork()}.
   *
   * @param wiped hears what the parent has still to get and the child does not (MADV_WIPEONFORK)
   */
  AddressSpace fork(Settled wiped) {
    List<ImageRange> copies = new ArrayList<>(ranges.size());
    long pages = 0;
    for (ImageRange range : ranges) {
      DuePages due = range.due();
      DuePages copy = range.wipeOnFork() ? new DuePages(due.pages()) : due.copy();
      if (range.wipeOnFork()) {
        wiped.settled(range.imageStart(), due.pages() << PageSize.SHIFT);
      }
      pages += copy.due();
      copies.add(new ImageRange(range.imageStart(), range.wipeOnFork(), copy));
    }
    AddressSpace child = new AddressSpace(Math.max(segments, 1), copies);
    System.arraycopy(starts, 0, child.starts, 0, segments);
    System.arraycopy(ends, 0, child.ends, 0, segments);
    System.arraycopy(rangeOf, 0, child.rangeOf, 0, segments);
    System.arraycopy(firstPages, 0, child.firstPages, 0, segments);
    System.arraycopy(moved, 0, child.moved, 0, segments);
    child.segments = segments;
    child.duePages = pages;
    return child;
  }

  /** Takes [start, end) out of the segments without touching what is due. */
  private void cut(long start, long end) {
    int i = firstAfter(start);
    while (i < segments && starts[i] < end) {
      if (starts[i] < start && ends[i] > end) {
        insert(i + 1, end, ends[i], rangeOf[i], pageOf(i, end), moved[i]);
        ends[i] = start;
      } else if (starts[i] < start) {
        ends[i] = start;
        i++;
      } else if (ends[i] > end) {
        firstPages[i] = pageOf(i, end);
        starts[i] = end;
      } else {
        delete(i);
      }
    }
  }

  private void insert(int at, long start, long end, int range, long firstPage, boolean isMoved) {
    if (segments == starts.length) {
      grow();
    }
    int tail = segments - at;
    System.arraycopy(starts, at, starts, at + 1, tail);
    System.arraycopy(ends, at, ends, at + 1, tail);
    System.arraycopy(rangeOf, at, rangeOf, at + 1, tail);
    System.arraycopy(firstPages, at, firstPages, at + 1, tail);
    System.arraycopy(moved, at, moved, at + 1, tail);
    starts[at] = start;
    ends[at] = end;
    rangeOf[at] = range;
    firstPages[at] = firstPage;
    moved[at] = isMoved;
    segments++;
  }

  private void delete(int at) {
    int tail = segments - at - 1;
    System.arraycopy(starts, at + 1, starts, at, tail);
    System.arraycopy(ends, at + 1, ends, at, tail);
    System.arraycopy(rangeOf, at + 1, rangeOf, at, tail);
    System.arraycopy(firstPages, at + 1, firstPages, at, tail);
    System.arraycopy(moved, at + 1, moved, at, tail);
    segments--;
  }

  private void grow() {
    int capacity = starts.length * 2;
    starts = Arrays.copyOf(starts, capacity);
    ends = Arrays.copyOf(ends, capacity);
    rangeOf = Arrays.copyOf(rangeOf, capacity);
    firstPages = Arrays.copyOf(firstPages, capacity);
    moved = Arrays.copyOf(moved, capacity);
  }

  /** The last segment that starts at or before an address, or -1. */
  private int floor(long address) {
    int i = Arrays.binarySearch(starts, 0, segments, address);
    return i >= 0 ? i : -i - 2;
  }

  private DuePages due(int segment) {
    return ranges.get(rangeOf[segment]).due();
  }

  private long pageOf(int segment, long address) {
    return firstPages[segment] + ((address - starts[segment]) >> PageSize.SHIFT);
  }
}
