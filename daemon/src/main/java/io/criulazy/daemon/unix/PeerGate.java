package io.criulazy.daemon.unix;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Who may use a unix socket: root, the user that this process runs as, and who is on its list. The
 * kernel is asked who has connected. Safe for any number of threads.
 */
public final class PeerGate {
  private static final int ROOT = 0;

  private final PeerList others;
  private final int ownUid;

  /**
   * @throws IOException if /proc is not there
   */
  public PeerGate(PeerList others) throws IOException {
    this.others = others;
    this.ownUid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  /**
   * Why the peer of an accepted connection may not use the socket, if it may not.
   *
   * @throws IOException if the kernel does not tell who it is
   */
  public Optional<String> refusal(Channel accepted) throws IOException {
    PeerCredentials peer = ((EpollDomainSocketChannel) accepted).peerCredentials();
    return peer.uid() == ROOT || peer.uid() == ownUid || others.has(peer)
        ? Optional.empty()
        : Optional.of(
            "uid %d may not: only root and uid %d%s may".formatted(peer.uid(), ownUid, others));
  }
}
