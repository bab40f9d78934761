package io.criulazy.daemon.unix;

import io.netty.channel.unix.PeerCredentials;
import java.util.Set;

/**
 * Who may use a unix socket besides root and whoever this process runs as.
 *
 * @param uids these users
 * @param gids those whose process has one of these as its effective group
 */
public record PeerList(Set<Integer> uids, Set<Integer> gids) {
  /** Nobody else. */
  public static final PeerList NOBODY_ELSE = new PeerList(Set.of(), Set.of());

  public PeerList {
    uids = Set.copyOf(uids);
    gids = Set.copyOf(gids);
  }

  boolean isEmpty() {
    return uids.isEmpty() && gids.isEmpty();
  }

  /**
   * @param peer as the kernel tells (SO_PEERCRED): as it was when the peer connected
   */
  boolean has(PeerCredentials peer) {
    if (uids.contains(peer.uid())) {
      return true;
    }
    for (int gid : peer.gids()) {
      if (gids.contains(gid)) {
        return true;
      }
    }
    return false;
  }

  /** For a message. */
  @Override
  public String toString() {
    return (uids.isEmpty() ? "" : ", uids " + uids) + (gids.isEmpty() ? "" : ", gids " + gids);
  }
}
