package io.criulazy.daemon.server;

import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who may use a unix socket: root, and whoever this server runs as, as the kernel tells. */
final class PeerList {
  private static final Logger LOG = LoggerFactory.getLogger(PeerList.class);
  private static final int ROOT = 0;

  private PeerList() {}

  static boolean isAllowed(EpollDomainSocketChannel channel) {
    try {
      PeerCredentials peer = channel.peerCredentials();
      int own = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      if (peer.uid() == ROOT || peer.uid() == own) {
        return true;
      }
      LOG.warn(
          "refused uid {} (pid {}): only root and uid {} are served", peer.uid(), peer.pid(), own);
    } catch (IOException e) {
      LOG.warn("refused a connection whose owner is unknown: {}", e.getMessage());
    }
    return false;
  }
}
