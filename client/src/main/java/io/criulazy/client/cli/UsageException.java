package io.criulazy.client.cli;

/** The command line, or a configuration file, asks for something that does not exist. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what is wrong, without a full stop
   */
  UsageException(String message) {
    super(message);
  }
}
