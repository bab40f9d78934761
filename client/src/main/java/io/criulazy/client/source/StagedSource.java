package io.criulazy.client.source;

import io.criulazy.client.sys.PageSize;
import io.criulazy.proto.index.SeekIndex;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The pages of one process that come from elsewhere: asks a {@link PageFetcher} for them, page by
 * page when they fault and ahead in address order otherwise, and holds what has come in a {@link
 * Staging} until it is delivered.
 *
 * <p>A forked child has one of its own, so that a slot is given back under the gate of the one
 * process that reads from it. Only what was verified gets here; what was not asked for, or is
 * needed no more, is dropped. Any thread.
 */
final class StagedSource implements PageSource {
  private final long task;
  private final LazyChunks chunks;
  private final StagedChunk[] staged;
  private final Staging staging;
  private final PageFetcher fetcher;
  private final ArrivalListener arrivals;
  private int cursor;
  private boolean wrapped;
  private boolean left;
  private long lastFault = Long.MIN_VALUE / 2;

  /**
   * @param task the task's pid in the images
   * @param arrivals hears of what has come
   */
  StagedSource(
      long task, SeekIndex index, Staging staging, PageFetcher fetcher, ArrivalListener arrivals) {
    this(task, LazyChunks.of(index), staging, fetcher, arrivals);
  }

  private StagedSource(
      long task,
      LazyChunks chunks,
      Staging staging,
      PageFetcher fetcher,
      ArrivalListener arrivals) {
    this.task = task;
    this.chunks = chunks;
    this.staged = new StagedChunk[chunks.count()];
    this.staging = staging;
    this.fetcher = fetcher;
    this.arrivals = arrivals;
  }

  long task() {
    return task;
  }

  @Override
  public synchronized void locate(long imageAddress, Urgency urgency, PageSpan span) {
    int chunk = chunks.find(imageAddress);
    int page = LazyChunks.pageOf(imageAddress);
    if (chunk < 0 || left || (chunks.needed(chunk) & 1 << page) == 0) {
      span.nowhere();
      return;
    }
    StagedChunk held = staged[chunk];
    if (held != null && (held.here & 1 << page) != 0) {
      int run = Integer.numberOfTrailingZeros(~(held.here >>> page));
      span.here(staging.address(held.slot) + page * PageSize.BYTES, run * PageSize.BYTES);
    } else if (held != null && (held.absent & 1 << page) != 0) {
      span.nowhere();
    } else {
      span.coming();
      await(chunk, page, urgency);
    }
  }

  private void await(int chunk, int page, Urgency urgency) {
    StagedChunk held = open(chunk, urgency == Urgency.FAULT ? Staging.FILLER_SLOTS : 0);
    if (held == null) {
      return; // whoever asks comes again
    }
    if (urgency == Urgency.FAULT) {
      held.faulted = true;
      askUrgently(chunk, held, page);
    } else {
      held.awaited = true;
      if ((held.asked & 1 << page) == 0) {
        cursor = chunk;
        wrapped = false;
        fetcher.fetch(nextAsk());
        fetcher.pull();
      }
    }
  }

  private StagedChunk open(int chunk, int kept) {
    if (staged[chunk] == null) {
      int slot = staging.take(kept);
      if (slot < 0) {
        return null;
      }
      staged[chunk] = new StagedChunk(slot);
    }
    return staged[chunk];
  }

  private void askUrgently(int chunk, StagedChunk held, int page) {
    int under = fetcher.isTolerant() ? held.urgent : held.asked;
    if ((under & 1 << page) != 0) {
      return;
    }
    int block = LazyChunks.bits(page, Math.min(window(chunk, page), LazyChunks.PAGES - page));
    int wanted = chunks.needed(chunk) & block & ~(held.here | held.absent | under);
    if (!fetcher.isTolerant()) {
      wanted = LazyChunks.bits(page, Integer.numberOfTrailingZeros(~(wanted >>> page)));
    }
    held.asked |= wanted;
    held.urgent |= wanted;
    fetcher.fetch(ask(chunk, wanted, Urgency.FAULT));
  }

  /** More for a thread that walks through memory than for one that jumps. */
  private int window(int chunk, int page) {
    long address = chunks.address(chunk) + page * PageSize.BYTES;
    long ahead = address - lastFault;
    lastFault = address;
    return ahead > 0 && ahead <= Staging.SLOT_BYTES ? LazyChunks.PAGES : fetcher.urgentPages();
  }

  /** The range from the first to the last page of a mask. */
  private PageAsk ask(int chunk, int mask, Urgency urgency) {
    int first = Integer.numberOfTrailingZeros(mask);
    int pages = Integer.SIZE - Integer.numberOfLeadingZeros(mask) - first;
    return new PageAsk(this, task, chunks.address(chunk) + first * PageSize.BYTES, pages, urgency);
  }

  /**
   * What is to be asked for next in the background: counts as asked for from now on.
   *
   * @return null if there is nothing, or no room for it
   */
  synchronized PageAsk nextAsk() {
    int chunk = nextMissing();
    if (chunk < 0 || open(chunk, Staging.RESERVED_SLOTS) == null) {
      return null;
    }
    int missing = missing(chunk);
    if (!fetcher.isTolerant()) {
      int first = Integer.numberOfTrailingZeros(missing);
      missing = LazyChunks.bits(first, Integer.numberOfTrailingZeros(~(missing >>> first)));
    }
    staged[chunk].asked |= missing;
    PageAsk ask = ask(chunk, missing, Urgency.BACKGROUND);
    return fetcher.isTolerant() ? extend(ask, chunk) : ask;
  }

  /** Takes the chunks directly behind along, as far as an ask goes. */
  private PageAsk extend(PageAsk ask, int first) {
    long limit = ask.address() + fetcher.maxPages() * PageSize.BYTES;
    PageAsk whole = ask;
    for (int chunk = first + 1; chunk < chunks.count(); chunk++) {
      int missing = missing(chunk);
      if (missing == 0
          || chunks.address(chunk) - chunks.address(chunk - 1) != Staging.SLOT_BYTES
          || chunks.address(chunk) + Staging.SLOT_BYTES > limit
          || open(chunk, Staging.RESERVED_SLOTS) == null) {
        break;
      }
      staged[chunk].asked |= missing;
      long end = ask(chunk, missing, Urgency.BACKGROUND).endAddress();
      int pages = (int) ((end - ask.address()) / PageSize.BYTES);
      whole = new PageAsk(this, task, ask.address(), pages, Urgency.BACKGROUND);
      cursor = chunk;
    }
    return whole;
  }

  private int nextMissing() {
    if (left) {
      return -1;
    }
    while (true) {
      for (; cursor < chunks.count(); cursor++) {
        if (missing(cursor) != 0) {
          return cursor;
        }
      }
      if (wrapped) {
        return -1;
      }
      wrapped = true;
      cursor = 0;
    }
  }

  private int missing(int chunk) {
    StagedChunk held = staged[chunk];
    int known = held == null ? 0 : held.asked | held.here | held.absent;
    return chunks.needed(chunk) & ~known;
  }

  /** Whether something of an ask is still waited for. */
  synchronized boolean isWanted(PageAsk ask) {
    boolean wanted = false;
    for (int chunk = chunks.ceiling(ask.address());
        !left && chunk < chunks.count() && chunks.address(chunk) < ask.endAddress();
        chunk++) {
      wanted |= staged[chunk] != null && staged[chunk].asked != 0;
    }
    return wanted;
  }

  /**
   * Pages have come and were verified.
   *
   * @param bytes holds them from {@code at} on; null if they are all zeros
   */
  void came(long address, int pages, ByteBuffer bytes, int at) {
    long end = address + pages * PageSize.BYTES;
    for (long from = address; from < end; ) {
      long to = Math.min(end, (from | Staging.SLOT_BYTES - 1) + 1);
      take(from, to, bytes, at + (int) (from - address));
      from = to;
    }
  }

  /** The server's images don't have these pages. */
  void isAbsent(long address, int pages) {
    long end = address + pages * PageSize.BYTES;
    for (long from = address; from < end; ) {
      long to = Math.min(end, (from | Staging.SLOT_BYTES - 1) + 1);
      missed(from, to);
      from = to;
    }
  }

  private synchronized void missed(long from, long to) {
    int chunk = chunks.find(from);
    StagedChunk held = chunk < 0 ? null : staged[chunk];
    if (held == null) {
      return;
    }
    int pages = (int) ((to - from) / PageSize.BYTES);
    int mask = held.asked & LazyChunks.bits(LazyChunks.pageOf(from), pages);
    arrived(held, mask);
    held.absent |= mask;
  }

  /** Copies without the lock, so that nobody who has it waits for a thread without a processor. */
  private void take(long from, long to, ByteBuffer bytes, int at) {
    int chunk = chunks.find(from);
    int first = LazyChunks.pageOf(from);
    int pages = (int) ((to - from) / PageSize.BYTES);
    StagedChunk held;
    int mask;
    synchronized (this) {
      held = chunk < 0 ? null : staged[chunk];
      mask = held == null ? 0 : held.asked & LazyChunks.bits(first, pages);
      if (mask == 0) {
        return;
      }
      held.copying++;
    }
    copy(held.slot, mask, bytes, at - first * (int) PageSize.BYTES);
    synchronized (this) {
      held.copying--;
      if (staged[chunk] != held) {
        giveUnlessCopying(held);
        return;
      }
      int still = mask & held.asked;
      held.here |= still;
      arrived(held, still);
      if (giveIfIdle(chunk)) {
        fetcher.pull();
      }
    }
  }

  /**
   * Pages that came twice are written twice, with the same bytes.
   *
   * @param at where the chunk's first page is in {@code bytes}, or would be
   */
  private void copy(int slot, int mask, ByteBuffer bytes, int at) {
    int size = (int) PageSize.BYTES;
    for (int left = mask; left != 0; ) {
      int page = Integer.numberOfTrailingZeros(left);
      int run = Integer.numberOfTrailingZeros(~(left >>> page));
      if (bytes == null) {
        staging.zero(slot, page * size, run * size);
      } else {
        staging.put(slot, page * size, bytes, at + page * size, run * size);
      }
      left &= ~LazyChunks.bits(page, run);
    }
  }

  private void giveUnlessCopying(StagedChunk held) {
    if (held.copying == 0) {
      staging.give(held.slot);
    }
  }

  private void arrived(StagedChunk held, int mask) {
    held.asked &= ~mask;
    held.urgent &= ~mask;
    if (mask != 0 && held.faulted) {
      held.faulted = false;
      arrivals.arrived(Urgency.FAULT);
    }
    if (mask != 0 && held.awaited) {
      held.awaited = false;
      arrivals.arrived(Urgency.BACKGROUND);
    }
  }

  @Override
  public void expect(long imageAddress) {
    fetcher.turn();
  }

  @Override
  public synchronized void settled(long imageAddress, long bytes) {
    long end = imageAddress + bytes;
    boolean freed = false;
    for (int chunk = chunks.ceiling(imageAddress);
        chunk < chunks.count() && chunks.address(chunk) < end;
        chunk++) {
      int mask = chunks.settle(chunk, imageAddress, end);
      StagedChunk held = staged[chunk];
      if (held != null) {
        held.asked &= ~mask;
        held.urgent &= ~mask;
        held.here &= ~mask;
        held.absent &= ~mask;
        freed |= giveIfIdle(chunk);
      }
    }
    if (freed) {
      fetcher.pull();
    }
  }

  private boolean giveIfIdle(int chunk) {
    StagedChunk held = staged[chunk];
    if (held == null || !held.isIdle()) {
      return false;
    }
    staging.give(held.slot);
    staged[chunk] = null;
    return true;
  }

  @Override
  public synchronized PageSource fork() {
    StagedSource child = new StagedSource(task, chunks.copy(), staging, fetcher, arrivals);
    fetcher.forked(this, child);
    return child;
  }

  @Override
  public boolean isContended() {
    return true;
  }

  /** Puts what is here into an archive. */
  synchronized void keepStaged(PageArchive archive) {
    for (int chunk = 0; chunk < staged.length; chunk++) {
      StagedChunk held = staged[chunk];
      for (int page = 0; held != null && page < LazyChunks.PAGES; page++) {
        if ((held.here & 1 << page) != 0) {
          int at = staging.indexOf(held.slot) + page * (int) PageSize.BYTES;
          long address = chunks.address(chunk) + page * PageSize.BYTES;
          archive.keep(address, 1, staging.blockOf(held.slot), at);
        }
      }
    }
  }

  @Override
  public synchronized void leave() {
    left = true;
    for (int chunk = 0; chunk < staged.length; chunk++) {
      if (staged[chunk] != null) {
        giveUnlessCopying(staged[chunk]);
        staged[chunk] = null;
      }
    }
    fetcher.pull();
  }

  @Override
  public void verifyUnchanged() throws IOException {
    // What has come was verified then, and nobody can change it; the rest has to come yet.
    fetcher.requireReachable();
  }
}
