package io.criulazy.client.control;

/** A request that can't be carried out. The message says what failed, on what, and what to do. */
final class ControlException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The daemon's engine does not cover a restore. */
  static final int NOT_COVERED = 501;

  private final int status;

  /**
   * @param status HTTP's status code
   */
  ControlException(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
