package io.criulazy.client.session;

import io.criulazy.client.sys.UnixConnection;
import io.criulazy.client.sys.UnixConnection.PeerCredentials;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may have a restore served: root, and whoever this daemon runs as. */
final class Peer {
  private static final Logger LOG = LoggerFactory.getLogger(Peer.class);

  private Peer() {}

  static boolean mayRestore(PeerCredentials peer) throws IOException {
    boolean may = peer.isRootOrOurs();
    if (!may) {
      LOG.warn(
          "refused a connection of uid {} (pid {}): only root and uid {} may be served",
          peer.uid(),
          peer.pid(),
          UnixConnection.ownUid());
    }
    return may;
  }
}
