package io.criulazy.client.session;

import io.criulazy.client.sys.UnixConnection.PeerCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may have a restore served: root, and whoever this daemon runs as. */
final class Peer {
  private static final Logger LOG = LoggerFactory.getLogger(Peer.class);
  private static final int ROOT = 0;

  private Peer() {}

  static boolean mayRestore(PeerCredentials peer) throws IOException {
    int own = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    boolean may = peer.uid() == ROOT || peer.uid() == own;
    if (!may) {
      LOG.warn(
          "refused a connection of uid {} (pid {}): only root and uid {} may be served",
          peer.uid(),
          peer.pid(),
          own);
    }
    return may;
  }
}
