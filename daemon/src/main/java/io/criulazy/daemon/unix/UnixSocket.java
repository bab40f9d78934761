package io.criulazy.daemon.unix;

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
 * A unix socket that root and the user that this process runs as may use, and others if they are on
 * its list: the kernel is asked who has connected. Without a list its mode is 0600, with one 0666.
 */
public final class UnixSocket {
  /** What listens on it. */
  public static final Class<? extends ServerChannel> TYPE = EpollServerDomainSocketChannel.class;

  /** A program that has just been killed may need a moment to be gone, on a busy machine. */
  private static final int PROBES = 100;

  private static final long PROBE_INTERVAL_MS = 20;

  /** {@code sizeof(sun_path) - 1} */
  private static final int MAX_PATH_BYTES = 107;

  private final Path path;
  private final PeerList others;
  private final PeerGate gate;

  /**
   * @param others who may use it as well
   * @throws IOException if the path is too long for a socket, or /proc is not there
   */
  public UnixSocket(Path path, PeerList others) throws IOException {
    this.path = path;
    this.others = others;
    int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_PATH_BYTES) {
      throw new IOException(
          "cannot listen on %s: a socket's path has at most %d bytes, this one has %d; choose a shorter one"
              .formatted(path, MAX_PATH_BYTES, bytes));
    }
    gate = new PeerGate(others);
  }

  /** The event loops that it needs. */
  public static IoHandlerFactory io() throws IOException {
    if (!Epoll.isAvailable()) {
      throw new IOException(
          "cannot use unix sockets: Netty's epoll library does not load on this machine: "
              + Epoll.unavailabilityCause().getMessage(),
          Epoll.unavailabilityCause());
    }
    return EpollIoHandler.newFactory();
  }

  public DomainSocketAddress address() {
    return new DomainSocketAddress(path.toString());
  }

  /** Makes the directory if it is missing, and removes a socket on which nobody listens. */
  public void prepare() throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(
              PosixFilePermissions.fromString(others.isEmpty() ? "rwx------" : "rwxr-xr-x")));
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
    try {
      for (int probe = 1; probe < PROBES && takesConnections(); probe++) {
        Thread.sleep(PROBE_INTERVAL_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return takesConnections();
  }

  private boolean takesConnections() {
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return probe.isConnected();
    } catch (IOException e) {
      return false; // connection refused: whoever made it is gone
    }
  }

  /** Gives the file its mode; until then only {@link #refusal} guards it. */
  public void protect() throws IOException {
    String mode = others.isEmpty() ? "rw-------" : "rw-rw-rw-";
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  /** The process that has connected; 0 if it is not over a unix socket, or can't be seen. */
  public static int peerPid(Channel accepted) throws IOException {
    return accepted instanceof EpollDomainSocketChannel unix ? unix.peerCredentials().pid() : 0;
  }

  /**
   * Why the peer of an accepted connection may not use the socket, if it may not.
   *
   * @throws IOException if the kernel does not tell who it is
   */
  public Optional<String> refusal(Channel accepted) throws IOException {
    return gate.refusal(accepted);
  }
}
