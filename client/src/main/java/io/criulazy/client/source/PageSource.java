package io.criulazy.client.source;

/**
 * Where the bytes of one task's image pages come from.
 *
 * <p>Contract: every byte that an answer points to is the image's byte of that address for as long
 * as the source is open; an answer is given at once, without waiting for a disk queue of its own or
 * a network; looking up allocates nothing. Thread-safe: the fault loop and the filler ask at the
 * same time, each with its own {@link PageSpan}.
 */
public interface PageSource {
  /**
   * Looks up the page at an image address.
   *
   * @param imageAddress page-aligned
   * @param span receives where the page and the pages directly behind it are in this process's
   *     memory, or that there is no such page
   */
  void locate(long imageAddress, PageSpan span);

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
