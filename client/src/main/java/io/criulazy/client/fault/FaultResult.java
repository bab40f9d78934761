package io.criulazy.client.fault;

/** How a fault was answered. */
public enum FaultResult {
  /** With the image's page. */
  IMAGE,
  /** With a page of zeros: nothing is due there. */
  ZERO,
  /** The page had come meanwhile. */
  PRESENT,
  /** The mapping had gone meanwhile. */
  UNMAPPED,
  /** The page can't be had: SIGBUS. */
  POISONED,
  /** Not yet: the address space is changing, or there is no memory. Asked again soon. */
  POSTPONED
}
