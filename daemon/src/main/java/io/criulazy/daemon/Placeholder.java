package io.criulazy.daemon;

/** Placeholder. */
final class Placeholder {
  private Placeholder() {}
}
