package io.criulazy.client.cli;

/**
 * One run of a command that stands in for one of criu's. {@link DropIn} has what all of them do.
 */
interface DropInCommand {

  /** What {@code --help} prints. */
  HelpPage help();

  /** criu's own options, as they were given. */
  CriuOptions criu();

  /**
   * Called in the foreground, before anything is begun.
   *
   * @throws Exception if the options ask for what can't be done
   */
  void check() throws Exception;

  /**
   * Does it; the log is open.
   *
   * @return the exit code
   * @throws Exception if it can't be done: {@link ErrorLine} makes a message of it
   */
  int serve() throws Exception;
}
