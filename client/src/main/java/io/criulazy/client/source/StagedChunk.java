package io.criulazy.client.source;

/**
 * A chunk of which something is asked for or here. Each set of pages is a mask, the first page's
 * bit the lowest. Guarded by its {@link StagedSource}.
 */
final class StagedChunk {
  /** Where its pages come to. */
  final int slot;

  /** Asked for and not here. */
  int asked;

  /** Of those, the ones that are asked for ahead of others. */
  int urgent;

  /** Here, verified and not settled. */
  int here;

  /** Not in the images of the server. */
  int absent;

  /** Whether a fault waits for one of its pages. */
  boolean faulted;

  /** Whether the filler waits for one of its pages. */
  boolean awaited;

  StagedChunk(int slot) {
    this.slot = slot;
  }

  /** How many threads are copying into its slot. */
  int copying;

  /** Whether nothing of it is on its way or held. */
  boolean isIdle() {
    return (asked | here | absent | copying) == 0;
  }
}
