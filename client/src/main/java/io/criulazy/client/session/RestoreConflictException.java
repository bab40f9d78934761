package io.criulazy.client.session;

import java.io.IOException;

/** What was asked of a restore does not go with how it stands; the message says what to do. */
public final class RestoreConflictException extends IOException {
  private static final long serialVersionUID = 1L;

  RestoreConflictException(String message) {
    super(message);
  }
}
