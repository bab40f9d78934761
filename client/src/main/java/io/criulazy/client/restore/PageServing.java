package io.criulazy.client.restore;

import java.io.IOException;

/** Who gives the restored tree its memory: begun before the restore, it ends by itself. */
public interface PageServing {

  /**
   * Returns when {@code lazy-pages.socket} is there.
   *
   * @throws IOException if it can't be; nothing is left then
   */
  void begin() throws IOException;

  /** No restore will come. */
  void giveUp();
}
