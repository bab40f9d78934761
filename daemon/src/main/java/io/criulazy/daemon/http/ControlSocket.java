package io.criulazy.daemon.http;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * A unix socket over which root and the user that this process runs as may control it: its mode is
 * 0600, and the kernel is asked who has connected.
 */
public final class ControlSocket implements Admission {
  static final Class<? extends ServerChannel> TYPE = EpollServerDomainSocketChannel.class;

  private static final int ROOT = 0;

  /** {@code sizeof(sun_path) - 1} */
  private static final int MAX_PATH_BYTES = 107;

  private final Path path;
  private final int ownUid;

  /**
   * @throws IOException if the path is too long for a socket, or /proc is not there
   */
  public ControlSocket(Path path) throws IOException {
    this.path = path;
    int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_PATH_BYTES) {
      throw new IOException(
          "cannot listen on %s: a socket's path has at most %d bytes, this one has %d; choose a shorter one"
              .formatted(path, MAX_PATH_BYTES, bytes));
    }
    ownUid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  static IoHandlerFactory io() throws IOException {
    if (!Epoll.isAvailable()) {
      throw new IOException(
          "cannot use unix sockets: Netty's epoll library does not load on this machine: "
              + Epoll.unavailabilityCause().getMessage(),
          Epoll.unavailabilityCause());
    }
    return EpollIoHandler.newFactory();
  }

  DomainSocketAddress address() {
    return new DomainSocketAddress(path.toString());
  }

  /** Makes the directory if it is missing, and removes a socket on which nobody listens. */
  void prepare() throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      removeStale();
    }
  }

  private void removeStale() throws IOException {
    if (!Files.readAttributes(
            path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther()) {
      throw new IOException(
          "cannot listen on " + path + ": it is no socket. Remove it or choose another path");
    }
    if (isListenedOn()) {
      throw new IOException(
          "cannot listen on "
              + path
              + ": another process listens there. Stop it or choose another path");
    }
    Files.delete(path);
  }

  private boolean isListenedOn() {
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return probe.isConnected();
    } catch (IOException e) {
      return false; // connection refused: whoever made it is gone
    }
  }

  /** Takes away what others may do with the file; until then only {@link #refusal} guards it. */
  void protect() throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
  }

  @Override
  public Optional<String> refusal(Channel accepted) throws IOException {
    int uid = ((EpollDomainSocketChannel) accepted).peerCredentials().uid();
    return uid == ROOT || uid == ownUid
        ? Optional.empty()
        : Optional.of("uid " + uid + " may not: only root and uid " + ownUid + " may");
  }
}
