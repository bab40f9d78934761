package io.criulazy.client.fault;

import io.criulazy.client.fault.ForkOrder.Move;
import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.Uffd;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A forked child whose model may have a move or an unmapping of its parent's that the child has
 * not, or lack a move that it has.
 *
 * <p>The child itself tells: a page is registered with its userfaultfd where its memory is, and
 * nowhere else. It is asked as soon as there is a question, which is before it can have run, as a
 * rule; and until all is decided its faults wait and its own changes are only written down. What
 * they have touched can't be asked about any more: then it is stopped, and not guessed.
 *
 * <p>What is found is noted in its record, with numbers that no message of the kernel's has.
 */
public final class HeldChild {
  /** [a, a + c) is at b in this child. */
  public static final int MOVED = 0x71;

  /** What was unmapped at a is there in this child. */
  public static final int KEPT = 0x72;

  /** Where its model has nothing may be memory that is due. */
  public static final int UNCLEAR = 0x73;

  /** So often it is asked again while a thread of it is about to end a change. */
  private static final int ROUNDS = 10_000;

  private final Uffd uffd;
  private final AddressSpace space;

  /** Null until there is one: it takes a file to make, and the child may run meanwhile. */
  private LazyProcess child;

  /** Moves that were read before the fork and have not been asked about; the last comes first. */
  private final Deque<Move> before = new ArrayDeque<>();

  private final Deque<Move> after = new ArrayDeque<>();
  private final List<Change> own = new ArrayList<>();

  /** What was found and is not on record yet, for there is no record. */
  private final List<Correction> corrections = new ArrayList<>();

  private boolean unclear;

  private record Correction(int event, long a, long b, long c) {}

  /** A change that it has made itself. */
  private record Change(UffdEvent event, long a, long b, long c) {
    boolean touches(long start, long end) {
      return switch (event) {
        case REMAP -> start < a + c && end > a || start < b + c && end > b;
        case UNMAP -> start < b && end > a;
        case FORK -> true;
        default -> false;
      };
    }
  }

  /**
   * @param uffd the child's
   * @param space the child's
   * @param before moves whose messages were read before that of the fork, oldest first
   */
  HeldChild(Uffd uffd, AddressSpace space, List<Move> before) {
    this.uffd = uffd;
    this.space = space;
    before.forEach(this.before::addFirst);
    ask();
  }

  /** This is what the child is served as. */
  void is(LazyProcess process) {
    child = process;
    for (Correction each : corrections) {
      child.record().correct(each.event(), each.a(), each.b(), each.c());
    }
    corrections.clear();
  }

  /** A move was read after the fork. */
  void movedLater(Move move) {
    after.addLast(move);
    ask();
  }

  /** It has made a change itself. */
  void changes(UffdEvent event, long a, long b, long c) {
    own.add(new Change(event, a, b, c));
  }

  /**
   * Asks what there is to ask, if it can answer.
   *
   * @return whether no question is left
   */
  private boolean ask() {
    if (before.isEmpty() && after.isEmpty() && !space.isAnyWithheld()) {
      return true;
    }
    if (uffd.isChanging()) {
      readOwn();
      if (uffd.isChanging()) {
        return false;
      }
    }
    askBefore();
    while (!after.isEmpty()) {
      Move move = after.removeFirst();
      if (isElsewhere(move.from(), move.bytes()) || isCopied(move)) {
        move(move);
      }
    }
    return true;
  }

  private void askBefore() {
    while (!before.isEmpty()) {
      Move move = before.removeFirst();
      if (isElsewhere(move.to(), move.bytes())) {
        move(new Move(move.to(), move.from(), move.bytes()));
      }
    }
    for (long start : space.withheldStarts()) {
      if (isRegistered(start)) {
        space.reinstate(start);
        correct(KEPT, start, space.end(space.find(start)), 0);
        requireUntouched(start, space.end(space.find(start)));
      }
    }
    space.settleWithheld();
  }

  /**
   * Lets it go if no question is left; every change of the parent's before the fork has been read.
   *
   * @param orphan whether its parent has ended, maybe with a move whose message will never come
   * @return whether it is let go, or has been stopped
   */
  boolean decide(boolean orphan, ForkListener forks) {
    if (!ask()) {
      return false;
    }
    space.settleWithheld();
    if (unclear || orphan && !isWhole()) {
      correct(UNCLEAR, 0, 0, 0);
      child.distrustZeros();
    }
    if (unclear) {
      child.giveUp(
          "its parent moved or unmapped memory as it forked, and what came first can't be told");
    }
    child.letGo();
    try {
      for (Change change : own) {
        child.apply(change.event(), change.a(), change.b(), change.c(), forks);
      }
    } catch (IOException e) {
      child.giveUp(e.getMessage());
    }
    return true;
  }

  /** Whether its memory is where its model has it, as far as it hasn't changed that itself. */
  private boolean isWhole() {
    for (int i = 0; i < space.segmentCount(); i++) {
      long page = space.start(i);
      if (!hasTouched(page) && uffd.isRegistered(page, PageSize.BYTES) == 0) {
        return false;
      }
    }
    return true;
  }

  private boolean hasTouched(long page) {
    return own.stream()
        .filter(change -> change.event() != UffdEvent.FORK)
        .anyMatch(change -> change.touches(page, page + PageSize.BYTES));
  }

  private void move(Move move) {
    space.move(move.from(), move.to(), move.bytes());
    correct(MOVED, move.from(), move.to(), move.bytes());
    requireUntouched(move.from(), move.from() + move.bytes());
    requireUntouched(move.to(), move.to() + move.bytes());
  }

  private void correct(int event, long a, long b, long c) {
    if (child == null) {
      corrections.add(new Correction(event, a, b, c));
    } else {
      child.record().correct(event, a, b, c);
    }
  }

  /** Its own changes are replayed before what is corrected here, so they must not meet. */
  private void requireUntouched(long start, long end) {
    unclear |= own.stream().anyMatch(change -> change.touches(start, end));
  }

  /** Whether the model has memory in a range where the child has none. */
  private boolean isElsewhere(long start, long bytes) {
    long first = space.firstWithin(start, start + bytes);
    return first >= 0 && !isRegistered(first);
  }

  /** Whether memory has been moved in the child and its old place has stayed (MREMAP_DONTUNMAP). */
  private boolean isCopied(Move move) {
    long first = space.firstWithin(move.from(), move.from() + move.bytes());
    long there = first - move.from() + move.to();
    return first >= 0 && space.find(there) < 0 && isRegistered(there);
  }

  private void readOwn() {
    if (child != null) {
      child.readHeld();
    }
  }

  /** An answer that its own changes have made worthless is unclear. */
  private boolean isRegistered(long page) {
    int registered = uffd.isRegistered(page, PageSize.BYTES);
    for (int i = 0; registered == -Errno.EAGAIN && i < ROUNDS; i++) {
      readOwn();
      Thread.onSpinWait();
      registered = uffd.isRegistered(page, PageSize.BYTES);
    }
    unclear |= registered == -Errno.EAGAIN || hasTouched(page);
    return registered > 0;
  }
}
