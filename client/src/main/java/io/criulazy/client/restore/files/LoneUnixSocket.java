package io.criulazy.client.restore.files;

import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.FilePermissions;
import io.criulazy.proto.image.files.UnixSocket;
import java.io.IOException;

/** A unix socket that is no half of a pair: it listens, gets datagrams, or is new. */
final class LoneUnixSocket implements Making {
  private static final int AF_UNIX = 1;
  private static final int PERMISSIONS = 07777;

  private final OpenFile file;
  private final OpenFile peer;

  /**
   * @param peer to whose name it is connected, or null
   */
  LoneUnixSocket(OpenFile file, OpenFile peer) {
    this.file = file;
    this.peer = peer;
  }

  @Override
  public void make(Husks husks) throws IOException {
    Husk husk = husks.maker(file);
    UnixSocket socket = UnixSockets.of(file);
    int fd = husk.aside(husk.must("socket", SyscallNumbers.SOCKET, AF_UNIX, socket.type(), 0));
    bind(husk, fd, socket);
    if (socket.state() == UnixSockets.LISTEN) {
      husk.must(
          "listen at " + UnixAddress.of(socket.name()),
          SyscallNumbers.LISTEN,
          fd,
          socket.backlog());
    }
    new SocketSettings(husk, fd).setAll(socket.options());
    husk.setStatus(fd, socket.flags());
    husks.place(file, husk, fd, socket.owner());
  }

  /** Gives it its name, if it has one; the file that was left of it is replaced. */
  static void bind(Husk husk, int fd, UnixSocket socket) throws IOException {
    UnixAddress address = UnixAddress.of(socket.name());
    if (address.isNone()) {
      return;
    }
    if (address.isPath() && address.isSocketFile()) {
      husk.must("unlink of " + address, SyscallNumbers.UNLINK, husk.put(address.path()));
    }
    byte[] bytes = address.bytes();
    husk.must("bind to " + address, SyscallNumbers.BIND, fd, husk.put(bytes), bytes.length);
    if (address.isPath() && socket.permissions().isPresent()) {
      FilePermissions permissions = socket.permissions().get();
      husk.must(
          "chown of " + address,
          SyscallNumbers.CHOWN,
          husk.put(address.path()),
          permissions.uid(),
          permissions.gid());
      husk.must(
          "chmod of " + address,
          SyscallNumbers.CHMOD,
          husk.put(address.path()),
          permissions.mode() & PERMISSIONS);
    }
  }

  @Override
  public void connect(Husks husks) throws IOException {
    if (peer != null) {
      UnixAddress address = UnixAddress.of(UnixSockets.of(peer).name());
      Husk husk = husks.maker(file);
      byte[] bytes = address.bytes();
      husk.must(
          "connect to " + address,
          SyscallNumbers.CONNECT,
          file.firstFd(),
          husk.put(bytes),
          bytes.length);
    }
    new SocketSettings(husks.maker(file), file.firstFd())
        .shutDown(UnixSockets.of(file).shutdown().orElse(0));
  }
}
