package io.criulazy.client.engine;

import java.io.IOException;

/** No engine that may be taken covers what was asked for; nothing has been touched. */
public final class EngineRefusalException extends IOException {
  private static final long serialVersionUID = 1L;

  public EngineRefusalException(String message) {
    super(message);
  }
}
