package io.criulazy.proto.image.codec;

/** Bytes are no message of the kind: where in them, and why. */
public final class MalformedMessageException extends Exception {
  private static final long serialVersionUID = 1;

  private final int offset;

  MalformedMessageException(int offset, String reason, Throwable cause) {
    super(reason, cause);
    this.offset = offset;
  }

  /** Bytes from the start of the message. */
  public int offset() {
    return offset;
  }
}
