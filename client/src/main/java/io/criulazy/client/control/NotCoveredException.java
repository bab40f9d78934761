package io.criulazy.client.control;

import java.io.IOException;

/** The daemon can't do a restore itself; it has touched nothing. The message has all causes. */
public final class NotCoveredException extends IOException {
  private static final long serialVersionUID = 1L;

  NotCoveredException(String message) {
    super(message);
  }
}
