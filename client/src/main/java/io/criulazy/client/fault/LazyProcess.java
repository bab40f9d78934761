package io.criulazy.client.fault;

import io.criulazy.client.source.PageSource;
import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.Uffd;
import io.criulazy.client.sys.UffdMessages;
import java.io.IOException;

/**
 * One process that is getting its memory: its userfaultfd, what it has still to get, and how pages
 * get there.
 *
 * <p>{@link #serve} is called by the fault loop alone, {@link #fill} by the filler alone; the
 * {@link CopyGate} keeps them apart. What they do is {@link FaultAnswers}'s and {@link Fill}'s.
 */
public final class LazyProcess {
  /** The most messages that are read at once. */
  static final int BATCH = 64;

  /** How often a fault is tried again at once while the address space changes. */
  private static final int CHANGING_ROUNDS = 64;

  /** What user addresses lie between: mmap_min_addr's usual value, and TASK_SIZE of x86-64. */
  private static final long LOWEST_ADDRESS = 0x10000;

  private static final long HIGHEST_ADDRESS = 0x7FFF_FFFF_F000L;

  private static final long NOBODY_WAITS = Long.MIN_VALUE;

  /** How it stands with a process. */
  public enum State {
    /** It is missing pages, and gets them. */
    LAZY,
    /** It is missing pages that can't be had. */
    LOST,
    /** It has exited before it had everything. */
    GONE,
    /** Nothing is missing any more, and its userfaultfd is closed. */
    COMPLETE
  }

  private final String name;
  private final Uffd uffd;
  private final AddressSpace space;
  private final PageSource source;
  private final FaultStatistics statistics;

  private final CopyGate gate = new CopyGate();
  private final ProcessRecord record;
  private final UffdMessages messages;
  private final SpaceChanges changes;
  private final Delivery delivery;
  private final LostPages lostPages;
  private final Courier loopCourier;
  private final Fill fill;
  private final FaultAnswers answers;

  private volatile long duePages;
  private volatile boolean complete;
  private volatile int unanswered;
  private volatile long waitingSinceNs = NOBODY_WAITS;

  /**
   * @param name for people: the pid in the images, and which fork of it
   * @param uffd taken over
   * @param space taken over: what is due
   * @param record where its changes are kept
   * @param lostPages what becomes of it should its pages not be had
   */
  public LazyProcess(
      String name,
      Uffd uffd,
      AddressSpace space,
      PageSource source,
      FaultStatistics statistics,
      ProcessRecord record,
      LostPages lostPages) {
    this.name = name;
    this.record = record;
    this.messages = new UffdMessages(BATCH, record);
    this.uffd = uffd;
    this.space = space;
    this.source = source;
    this.statistics = statistics;
    this.changes = new SpaceChanges(this, uffd, space);
    this.delivery = new Delivery(name, space, source, statistics, record, lostPages);
    this.lostPages = lostPages;
    this.loopCourier = Courier.urgent(uffd, gate);
    Courier fillCourier = Courier.background(uffd, gate);
    this.fill = new Fill(space, delivery, gate, fillCourier, loopCourier);
    this.answers =
        new FaultAnswers(uffd, space, delivery, statistics, loopCourier, fillCourier, fill);
    this.duePages = space.duePages();
    space.onSettled(source::settled);
  }

  public String name() {
    return name;
  }

  /** The descriptor to watch for messages. */
  public int fd() {
    return uffd.fd();
  }

  public State state() {
    if (complete) {
      return State.COMPLETE;
    }
    if (delivery.isProcessGone()) {
      return State.GONE;
    }
    return lostPages.isLost() ? State.LOST : State.LAZY;
  }

  private boolean isLazy() {
    return !complete && !delivery.isProcessGone();
  }

  /** How many pages are due, as of the last delivery. Any thread. */
  public long duePages() {
    return duePages;
  }

  /** Where its pages come from. */
  public PageSource source() {
    return source;
  }

  /** Whether faults are waiting for the next {@link #serve}. Fault loop only. */
  boolean hasUnanswered() {
    return answers.waiting() > 0;
  }

  /** Whether a fault waits for something else than its source. Fault loop only. */
  boolean hasRetries() {
    return answers.toRetry() > 0;
  }

  /** How many faults were unanswered after the last {@link #serve}. Any thread. */
  public int unansweredFaults() {
    return unanswered;
  }

  /**
   * How long the oldest unanswered fault had waited at {@code nowNs}; 0 if none does. Any thread.
   */
  long oldestFaultAgeNs(long nowNs) {
    long sinceNs = waitingSinceNs;
    return sinceNs == NOBODY_WAITS ? 0 : Math.max(0, nowNs - sinceNs);
  }

  /**
   * Reads all messages, applies the changes of the address space in order, and answers the faults.
   * What can't be answered because a change is under way stays for the next call.
   *
   * @param forks learns of each child
   */
  void serve(ForkListener forks) throws IOException {
    for (int round = 0; round < CHANGING_ROUNDS && isLazy(); round++) {
      serveOnce(forks);
      if (!hasRetries()) {
        break;
      }
      Thread.onSpinWait();
    }
  }

  private void serveOnce(ForkListener forks) throws IOException {
    gate.enterToRead();
    try {
      readMessages(forks);
      answers.giveAll();
    } finally {
      duePages = space.duePages();
      unanswered = answers.waiting();
      waitingSinceNs = unanswered == 0 ? NOBODY_WAITS : answers.oldestNs();
      gate.leave();
    }
  }

  private void readMessages(ForkListener forks) throws IOException {
    int count;
    do {
      count = messages.read(uffd);
      if (count < 0) {
        statistics.failed(UffdOperation.READ, count);
        throw new SysException("read", "the userfaultfd of process " + name, count);
      }
      long nowNs = System.nanoTime();
      for (int i = 0; i < count; i++) {
        take(i, nowNs, forks);
      }
    } while (count == messages.capacity());
  }

  private void take(int i, long nowNs, ForkListener forks) throws IOException {
    UffdEvent event = UffdEvent.of(messages.event(i));
    statistics.event(event);
    if (event == UffdEvent.PAGEFAULT) {
      answers.add(messages.faultAddress(i), nowNs);
    } else {
      changes.apply(event, messages.word(i, 0), messages.word(i, 1), messages.word(i, 2), forks);
    }
  }

  /**
   * Applies a change that an earlier program has read; before the process is served.
   *
   * @param event as in {@link UffdMessages}
   */
  public void replay(int event, long a, long b, long c, ForkListener forks) throws IOException {
    UffdEvent kind = UffdEvent.of(event);
    if (kind != UffdEvent.PAGEFAULT) {
      changes.apply(kind, a, b, c, forks);
      duePages = space.duePages();
    }
  }

  /** Lets every thread that waits for a page ask again: whoever read its fault is dead. */
  void wakeAll() {
    uffd.wake(LOWEST_ADDRESS, HIGHEST_ADDRESS - LOWEST_ADDRESS);
  }

  ProcessRecord record() {
    return record;
  }

  FaultStatistics statistics() {
    return statistics;
  }

  /**
   * Has the source bring what {@link #prime} will deliver, while criu still restores. Fault loop
   * only.
   */
  void announce() {
    gate.enterToRead();
    try {
      for (int i = 0; i < space.segmentCount(); i++) {
        long address = space.nextDue(space.start(i));
        if (address >= 0 && address < space.end(i)) {
          delivery.announce(loopCourier, i, address);
        }
      }
    } finally {
      gate.leave();
    }
  }

  /**
   * Delivers one page of each segment in which any is due, while criu still holds the process.
   *
   * <p>Before its first page a mapping has no anon_vma, and the pieces that mprotect or madvise
   * makes of it may each get their own: then they don't merge when they are alike again, and an
   * mremap over all of them fails with EFAULT. To a process that was restored eagerly that doesn't
   * happen. Fault loop only.
   */
  void prime() {
    gate.enterToRead();
    try {
      long address = space.nextDue(0);
      while (address >= 0 && isLazy()) {
        int segment = space.find(address);
        long end = space.end(segment);
        delivery.deliver(loopCourier, segment, address, PageSize.BYTES, Trigger.BACKGROUND);
        address = space.nextDue(end);
      }
    } finally {
      duePages = space.duePages();
      gate.leave();
    }
  }

  /**
   * The filler's turn: copies the next due pages.
   *
   * @param priority of the calling thread; null if that is the fault loop's
   * @param maxBytes the most to copy
   */
  FillOutcome fill(FillerPriority priority, long maxBytes) {
    source.expect(fill.nextImageAddress());
    if (!gate.tryEnterBackground(priority)) {
      return FillOutcome.YIELDED;
    }
    try {
      return isLazy() ? fill.step(maxBytes) : FillOutcome.NOTHING_DUE;
    } finally {
      duePages = space.duePages();
      gate.leave();
    }
  }

  /** The right bytes can't be had: its {@link LostPagePolicy} is carried out. Any thread. */
  public void lose(String reason) {
    delivery.lose(reason, duePages);
  }

  /**
   * The right bytes can't be had and never will: whatever its {@link LostPagePolicy}, it is stopped
   * loudly and doesn't go on with wrong memory. Any thread.
   */
  public void giveUp(String reason) {
    delivery.giveUp(reason, duePages);
  }

  LostPages lostPages() {
    return lostPages;
  }

  /** Whether pages of it can't be had, or could not and it was stopped. Any thread. */
  public boolean isLost() {
    return delivery.isLost();
  }

  /**
   * Whether the process needs its userfaultfd no more: nothing is due and nobody waits, or it has
   * exited. Fault loop only.
   *
   * @param restored whether the restore is complete; before, ranges are still being registered
   */
  boolean isDone(boolean restored) {
    return !isLazy() || restored && duePages == 0 && answers.waiting() == 0;
  }

  /**
   * Closes the userfaultfd of a process that {@link #isDone}: all its ranges go back to the kernel
   * whole, in this one moment. Fault loop only.
   */
  void close() {
    gate.enterToRead();
    try {
      complete = isLazy();
      duePages = 0;
      record.complete();
      uffd.close();
      record.closed();
      source.leave();
    } finally {
      gate.leave();
    }
  }
}
