package io.criulazy.proto;

/** Placeholder. */
final class Placeholder {
  private Placeholder() {}
}
