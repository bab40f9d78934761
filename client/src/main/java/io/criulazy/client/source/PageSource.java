package io.criulazy.client.source;

/**
 * Where the bytes of one task's image pages come from.
 *
 * <p>Contract: every byte that an answer points to is the image's byte of that address for as long
 * as the page is not settled; an answer is given at once, without waiting for a disk queue of its
 * own or a network: a page that has to be fetched is {@link PageSpan#coming coming}, and the {@link
 * ArrivalListener} that the source was made with hears of its arrival. Looking up what is there
 * allocates nothing. Thread-safe: the fault loop and the filler ask, each with its own {@link
 * PageSpan}; calls for one source come one at a time (the process's gate sees to it).
 */
public interface PageSource {
  /**
   * Looks up the page at an image address.
   *
   * @param imageAddress page-aligned
   * @param urgency how soon it is needed, should it have to be fetched
   * @param span receives where the page and the pages directly behind it are in this process's
   *     memory, or that they are coming, or that there is no such page
   */
  void locate(long imageAddress, Urgency urgency, PageSpan span);

  /**
   * The process needs these pages no more: they were delivered, or it has given up the memory. What
   * {@link #locate} answered about them is void from now on.
   *
   * @param imageAddress page-aligned
   * @param bytes a multiple of the page size
   */
  default void settled(long imageAddress, long bytes) {}

  /**
   * The process forks: a source for the child, which still needs what its parent needs.
   *
   * @return a source that the child owns
   */
  default PageSource fork() {
    return this;
  }

  /**
   * Whether other threads wait for who is in a call of this: such a caller must not be one that the
   * scheduler leaves waiting for a processor.
   */
  default boolean isContended() {
    return false;
  }

  /** The process needs no page any more. */
  default void leave() {}

  /**
   * Says that the pages from an address on will be asked for next. May wait for a disk: called by
   * fillers only, outside of any lock.
   *
   * @param imageAddress page-aligned; need not have a page
   */
  void expect(long imageAddress);

  /**
   * Checks that what the source reads from is still what it was when it was opened.
   *
   * @throws java.io.IOException if not: nothing that it holds may be used from then on
   */
  void verifyUnchanged() throws java.io.IOException;
}
