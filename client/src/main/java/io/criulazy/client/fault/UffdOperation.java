package io.criulazy.client.fault;

/** What is asked of a userfaultfd. */
public enum UffdOperation {
  READ,
  COPY,
  ZEROPAGE,
  POISON
}
