package io.criulazy.client.restore.files;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SocketOption;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.InetSocket;
import io.criulazy.proto.image.files.IpOptions;
import io.criulazy.proto.image.files.TcpOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Sockets of AF_INET and AF_INET6 that are no TCP connections: those that listen, those of UDP, and
 * new ones.
 *
 * <pre>
 * struct sockaddr_in  { u16 family; be16 port; u8 address[4]; u8 zero[8]; };
 * struct sockaddr_in6 { u16 family; be16 port; be32 flowinfo; u8 address[16]; u32 scope; };
 * </pre>
 */
final class InetSockets {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int STREAM = 1;
  private static final int DGRAM = 2;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int STATE_ESTABLISHED = 1;
  private static final int STATE_CLOSE = 7;
  private static final int STATE_LISTEN = 10;
  private static final int PORTS = 1 << 16;
  private static final int SCOPE_AT = 24;

  private final Husk husk;
  private final InetSocket socket;
  private final int fd;
  private final SocketSettings settings;

  private InetSockets(Husk husk, InetSocket socket, int fd) {
    this.husk = husk;
    this.socket = socket;
    this.fd = fd;
    this.settings = new SocketSettings(husk, fd);
  }

  static void plan(Plan plan, OpenFile file, InetSocket socket) {
    String cause = cause(socket);
    if (cause == null) {
      plan.add(husks -> make(husks, file, socket));
    } else {
      plan.refuse(file, cause);
    }
  }

  private static String cause(InetSocket socket) {
    int words = socket.family() == AF_INET ? 1 : 4;
    if ((socket.family() != AF_INET && socket.family() != AF_INET6)
        || socket.sourceAddress().size() < words
        || socket.destinationAddress().size() < words
        || !isPort(socket.sourcePort())
        || !isPort(socket.destinationPort())) {
      return "a socket with an address that is none: the images are damaged";
    }
    boolean tcp = socket.type() == STREAM && socket.protocol() == TCP;
    boolean udp = socket.type() == DGRAM && socket.protocol() == UDP;
    if (!tcp && !udp) {
      return "a socket of type %d, protocol %d".formatted(socket.type(), socket.protocol());
    }
    if (tcp && socket.state() != STATE_LISTEN && socket.state() != STATE_CLOSE) {
      return "a TCP connection";
    }
    if (socket.ipOptions().flatMap(IpOptions::raw).isPresent() && !tcp && !udp) {
      return "a raw socket";
    }
    return SocketSettings.cause(socket.options());
  }

  private static boolean isPort(int port) {
    return port >= 0 && port < PORTS;
  }

  private static void make(Husks husks, OpenFile file, InetSocket socket) throws IOException {
    Husk husk = husks.maker(file);
    int fd =
        husk.aside(
            husk.must(
                "socket",
                SyscallNumbers.SOCKET,
                socket.family(),
                socket.type(),
                socket.protocol()));
    new InetSockets(husk, socket, fd).bindAndSet();
    husk.setStatus(fd, socket.flags());
    husks.place(file, husk, fd, socket.owner());
  }

  private void bindAndSet() throws IOException {
    settings.setIf(SocketOption.SOL_IPV6, SocketOption.IPV6_V6ONLY, socket.v6only());
    // Connections of the dumped process may linger at the port.
    settings.setSocket(SocketOption.REUSEADDR, 1);
    if (socket.options().reusePort().orElse(false)) {
      settings.setSocket(SocketOption.REUSEPORT, 1);
    }
    setIpOptions();
    if (socket.sourcePort() != 0) {
      byte[] address = address(socket.sourceAddress(), socket.sourcePort(), scope());
      husk.must(
          "bind to port " + socket.sourcePort(),
          SyscallNumbers.BIND,
          fd,
          husk.put(address),
          address.length);
    }
    if (socket.state() == STATE_LISTEN) {
      husk.must(
          "listen at port " + socket.sourcePort(), SyscallNumbers.LISTEN, fd, socket.backlog());
    }
    if (socket.state() == STATE_ESTABLISHED && socket.destinationPort() != 0) {
      byte[] address = address(socket.destinationAddress(), socket.destinationPort(), 0);
      husk.must(
          "connect to port " + socket.destinationPort(),
          SyscallNumbers.CONNECT,
          fd,
          husk.put(address),
          address.length);
    }
    settings.setAll(socket.options());
    setTcpOptions();
    if (socket.state() == STATE_ESTABLISHED) {
      settings.shutDown(socket.shutdown().orElse(0));
    }
  }

  private void setIpOptions() throws IOException {
    if (socket.ipOptions().isEmpty()) {
      return;
    }
    IpOptions options = socket.ipOptions().get();
    if (socket.family() == AF_INET6) {
      settings.setIf(SocketOption.SOL_IPV6, SocketOption.IPV6_FREEBIND, options.freebind());
      settings.setIf(SocketOption.SOL_IPV6, SocketOption.IPV6_RECVPKTINFO, options.packetInfo());
    } else {
      settings.setIf(SocketOption.SOL_IP, SocketOption.IP_FREEBIND, options.freebind());
      settings.setIf(SocketOption.SOL_IP, SocketOption.IP_PKTINFO, options.packetInfo());
      settings.setIf(SocketOption.SOL_IP, SocketOption.IP_TOS, options.tos());
      settings.setIf(SocketOption.SOL_IP, SocketOption.IP_TTL, options.ttl());
    }
  }

  private void setTcpOptions() throws IOException {
    if (socket.protocol() != TCP || socket.tcpOptions().isEmpty()) {
      return;
    }
    TcpOptions options = socket.tcpOptions().get();
    settings.setIf(SocketOption.SOL_TCP, SocketOption.TCP_NODELAY, options.nodelay());
    settings.setIf(SocketOption.SOL_TCP, SocketOption.TCP_CORK, options.cork());
    settings.setIf(SocketOption.SOL_TCP, SocketOption.TCP_KEEPIDLE, options.keepIdle());
    settings.setIf(SocketOption.SOL_TCP, SocketOption.TCP_KEEPINTVL, options.keepInterval());
    settings.setIf(SocketOption.SOL_TCP, SocketOption.TCP_KEEPCNT, options.keepCount());
  }

  private int scope() throws IOException {
    if (socket.interfaceName().isEmpty()) {
      return 0;
    }
    Path index = Path.of("/sys/class/net", socket.interfaceName().get(), "ifindex");
    return Integer.parseInt(Files.readAllLines(index).get(0).strip());
  }

  private byte[] address(List<Integer> words, int port, int scope) {
    boolean six = socket.family() == AF_INET6;
    ByteBuffer address = ForeignMemory.layout(six ? 28 : 16);
    address.putShort((short) socket.family());
    address.order(ByteOrder.BIG_ENDIAN).putShort((short) port).order(ByteOrder.nativeOrder());
    if (six) {
      address.putInt(0);
    }
    for (int word : words.subList(0, six ? 4 : 1)) {
      address.putInt(word);
    }
    if (six) {
      address.putInt(SCOPE_AT, scope);
    }
    return address.array();
  }
}
