package io.criulazy.client.fault;

import io.criulazy.client.sys.UffdMessages;

/** Messages of a userfaultfd by kind. */
public enum UffdEvent {
  PAGEFAULT,
  FORK,
  REMAP,
  REMOVE,
  UNMAP,
  /** A kind that criu-lazy never asked for. */
  UNKNOWN;

  private static final UffdEvent[] ALL = values();

  /** The kind of a message by its number in {@link UffdMessages}. */
  static UffdEvent of(int event) {
    int ordinal = event - UffdMessages.PAGEFAULT;
    return ordinal >= 0 && ordinal < UNKNOWN.ordinal() ? ALL[ordinal] : UNKNOWN;
  }
}
