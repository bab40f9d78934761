package io.criulazy.daemon.server;

import java.io.IOException;

/** A client asked for what can't be had: which request, and why. */
final class RefusedRequestException extends IOException {
  private static final long serialVersionUID = 1;

  RefusedRequestException(String message) {
    super(message);
  }
}
