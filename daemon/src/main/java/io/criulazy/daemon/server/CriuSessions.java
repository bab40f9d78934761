package io.criulazy.daemon.server;

/** Hears of the ends of connections in criu's protocol; called on any thread of the server. */
public interface CriuSessions {
  /**
   * A client that had sent at least one request is gone.
   *
   * @param complete whether it had said that it was done and everything was done
   */
  void ended(boolean complete);
}
