package io.criulazy.client.fault;

import io.criulazy.client.sys.Uffd;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * In which order a process was forked and changed. A REMAP or UNMAP in one thread and a FORK in
 * another both let go of the address space before they queue their messages, so the messages may
 * come in the other order than the changes.
 *
 * <p>While that is open the child is held: its faults wait, as the parent's do, for the kernel
 * refuses copies into the parent as long as a change is under way. As soon as none is, every change
 * before the fork has been read, and the child itself is asked where it has its memory: see {@link
 * HeldChild}.
 *
 * <p>Guarded by the parent's {@link CopyGate}.
 */
final class ForkOrder {
  /** More than there can be threads with a change under way. */
  private static final int MOST_MOVES = 256;

  private final Uffd uffd;
  private final AddressSpace space;
  private final Deque<Move> recent = new ArrayDeque<>();
  private final List<HeldChild> children = new ArrayList<>();
  private boolean open;

  /** A REMAP. */
  record Move(long from, long to, long bytes) {}

  /**
   * @param uffd the parent's
   * @param space the parent's
   */
  ForkOrder(Uffd uffd, AddressSpace space) {
    this.uffd = uffd;
    this.space = space;
  }

  /** A REMAP was read, and applied to the parent. */
  void moved(long from, long to, long bytes) {
    open = true;
    Move move = new Move(from, to, bytes);
    recent.addLast(move);
    if (recent.size() > MOST_MOVES) {
      recent.removeFirst();
    }
    children.forEach(child -> child.movedLater(move));
  }

  /** An UNMAP was read, and what it takes away is withheld in the parent. */
  void unmapped() {
    open = true;
  }

  /** What was read by another program is known, and not when. */
  void replayed() {
    open = true;
  }

  /** A FORK was read: the child is held until {@link #settle} finds that nothing is open. */
  HeldChild forked(Uffd childUffd, AddressSpace childSpace) {
    open = true;
    HeldChild held = new HeldChild(childUffd, childSpace, List.copyOf(recent));
    children.add(held);
    return held;
  }

  /** It could not be made a process. */
  void forget(HeldChild child) {
    children.remove(child);
  }

  /** Whether a fork's order is open, or may be that of one that has not been read. */
  boolean isOpen() {
    return open;
  }

  /**
   * Decides what can be decided by now. All messages have been read.
   *
   * @param forks learns of children of the children
   */
  void settle(ForkListener forks) {
    if (open && !uffd.isChanging()) {
      recent.clear();
      space.settleWithheld();
      boolean orphans = !children.isEmpty() && uffd.isProcessGone();
      children.removeIf(child -> child.decide(orphans, forks));
      open = !children.isEmpty();
    }
  }
}
