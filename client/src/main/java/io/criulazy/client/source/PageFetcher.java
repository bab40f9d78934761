package io.criulazy.client.source;

/**
 * Gets pages from somewhere else. Whatever happens to its connections, each ask is answered in the
 * end, by calls of the asking {@link StagedSource}; those calls are made without any lock held that
 * {@link #fetch} takes. Safe for any number of threads.
 */
interface PageFetcher {
  /** Asks, ahead of others as its urgency says; returns without waiting for an answer. */
  void fetch(PageAsk ask);

  /** The asking source has more to ask for in the background, or room for it. */
  void pull();

  /** Pages that are asked for when one of them is waited for, a power of two up to 16. */
  int urgentPages();

  /** The most pages of one ask. */
  int maxPages();

  /** Whether an ask may name pages that are not in the image, or were had before. */
  boolean isTolerant();

  /** A child needs everything that its parent still needs. */
  default void forked(StagedSource parent, StagedSource child) {}
}
