package io.criulazy.client.source;

/** How soon a page is needed. */
public enum Urgency {
  /** A thread is waiting for it. */
  FAULT,
  /** It is brought in before anybody asks. */
  BACKGROUND
}
