package io.criulazy.client.cli;

import io.criulazy.client.restore.PageServing;
import java.io.IOException;
import java.util.List;

/** Pages served by a {@code lazy-pages} in the background, which outlives this process. */
final class DetachedServing implements PageServing {
  private final List<String> lazyPages;
  private final int ownArguments;
  private Process daemon;

  /**
   * @param lazyPages the command line of the background process; it has to log to a file
   * @param ownArguments how many this process has
   */
  DetachedServing(List<String> lazyPages, int ownArguments) {
    this.lazyPages = lazyPages;
    this.ownArguments = ownArguments;
  }

  @Override
  public void begin() throws IOException {
    try {
      daemon = Detached.start(lazyPages, ownArguments);
    } catch (CommandException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** SIGTERM ends it while no restore has come; one that has come and failed ends it, too. */
  @Override
  public void giveUp() {
    daemon.destroy();
  }
}
