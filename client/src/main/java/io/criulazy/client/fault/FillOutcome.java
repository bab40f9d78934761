package io.criulazy.client.fault;

/** What came of one turn of the filler at a process. */
enum FillOutcome {
  /** Pages were delivered, or found to be there. */
  FILLED,
  /** The fault loop goes first: come again in a moment. */
  YIELDED,
  /** A change of the address space is under way: come again when it may be over. */
  CHANGING,
  /** Pages are due and can't be delivered for now: come again much later. */
  STUCK,
  /** Pages are due and being fetched: the source tells when they are here. */
  AWAITED,
  /** Nothing is due. */
  NOTHING_DUE
}
