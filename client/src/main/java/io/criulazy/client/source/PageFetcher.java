package io.criulazy.client.source;

import java.io.IOException;

/**
 * Gets pages from somewhere else. Whatever happens to its connections, each ask is answered in the
 * end, by calls of the asking {@link StagedSource}; no lock that {@link #fetch} takes is held then.
 * Safe for any number of threads.
 */
interface PageFetcher extends AutoCloseable {
  /**
   * Faults may come from now on.
   *
   * @param loop reads what is waited for, where that is possible; or null
   */
  void begin(AnswerLoop loop);

  /** A source begins to ask. */
  void add(StagedSource source);

  /** Asks, ahead of others as its urgency says; returns without waiting for an answer. */
  void fetch(PageAsk ask);

  /** The asking source has more to ask for in the background, or room for it. */
  void pull();

  /**
   * The fault loop has a moment: what is to be asked for in the background is asked for now. Who
   * never gets a turn has a thread for it.
   */
  default void turn() {}

  /** Pages that are asked for when one of them is waited for, a power of two up to 16. */
  int urgentPages();

  /** The most pages of one ask. */
  int maxPages();

  /** Whether an ask may name pages that are not in the image, or were had before. */
  boolean isTolerant();

  /** A child needs everything that its parent still needs. Called with the parent's lock. */
  void forked(StagedSource parent, StagedSource child);

  /**
   * @throws IOException if pages have been asked for in vain for so long that they count as lost
   */
  void requireReachable() throws IOException;

  /** Everything has been delivered: the other side may let go of its pages. */
  void finish();

  /** Ends all threads and connections. */
  @Override
  void close();
}
