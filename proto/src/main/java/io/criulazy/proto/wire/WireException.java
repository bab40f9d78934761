package io.criulazy.proto.wire;

import java.io.IOException;

/** The other side does not keep to the protocol, or says that it can't do what it was asked for. */
public final class WireException extends IOException {
  private static final long serialVersionUID = 1L;

  private final FailureCode code;

  /**
   * @param code what a {@link Failure} says about it
   * @param message what was wrong, with the value that was
   */
  public WireException(FailureCode code, String message) {
    super(message);
    this.code = code;
  }

  public FailureCode code() {
    return code;
  }
}
