package io.criulazy.client;

/** Placeholder. */
final class Placeholder {
  private Placeholder() {}
}
