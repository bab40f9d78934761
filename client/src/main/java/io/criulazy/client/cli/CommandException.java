package io.criulazy.client.cli;

/**
 * A command can't do what it was asked for; the message says what failed, on what, why, and what to
 * do.
 */
final class CommandException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param message the whole line that the user reads, without "criu-lazy: "
   */
  CommandException(String message) {
    super(message);
  }

  CommandException(String message, Throwable cause) {
    super(message, cause);
  }
}
