package io.criulazy.client.trace;

import java.io.IOException;

/** A process can't be traced, or not any more: which thread, what was tried, and why not. */
public final class TraceException extends IOException {
  private static final long serialVersionUID = 1L;

  public TraceException(String message) {
    super(message);
  }

  TraceException(String message, Throwable cause) {
    super(message, cause);
  }
}
