package io.criulazy.client.dump.files;

import io.criulazy.client.dump.Refusals;
import io.criulazy.client.dump.proc.Descriptor;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.OpenedFile;
import io.criulazy.client.sys.SocketOption;
import io.criulazy.client.sys.SysException;
import io.criulazy.proto.image.files.FileOwner;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.InetSocket;
import io.criulazy.proto.image.files.IpOptions;
import io.criulazy.proto.image.files.TcpOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Sockets of AF_INET and AF_INET6 that are no TCP connections. Datagrams that wait are lost, as
 * datagrams may be.
 *
 * <pre>
 * struct sockaddr_in  { u16 family; be16 port; u8 address[4]; u8 zero[8]; };
 * struct sockaddr_in6 { u16 family; be16 port; be32 flowinfo; u8 address[16]; u32 scope; };
 * struct tcp_info     { u8 state; ...; u32 unacked at 24, sacked at 28; };  of a listener: how many
 *                                                                wait to be accepted, and may wait
 * </pre>
 */
final class InetFiles {
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  private static final int STREAM = 1;
  private static final int DGRAM = 2;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int ESTABLISHED = 1;
  private static final int CLOSE = 7;
  private static final int LISTEN = 10;
  private static final int INFO_BYTES = 104;
  private static final int WAITING_AT = 24;
  private static final int BACKLOG_AT = 28;
  private static final int SCOPE_AT = 24;
  private static final int NET_NAMESPACE = 2;

  private final FileTable table;
  private final Refusals refusals;

  InetFiles(FileTable table, Refusals refusals) {
    this.table = table;
    this.refusals = refusals;
  }

  /** An address: none is port 0. */
  private record Address(int port, List<Integer> words, int scope) {
    static Address of(byte[] bytes, int family) {
      ByteBuffer address = ByteBuffer.wrap(bytes);
      boolean six = family == AF_INET6;
      List<Integer> words = new ArrayList<>();
      if (bytes.length == 0) {
        return new Address(0, six ? List.of(0, 0, 0, 0) : List.of(0), 0);
      }
      int port = Short.toUnsignedInt(address.getShort(Short.BYTES)); // big-endian
      address.order(ByteOrder.nativeOrder());
      for (int at = six ? 8 : 4; words.size() < (six ? 4 : 1); at += Integer.BYTES) {
        words.add(address.getInt(at));
      }
      return new Address(port, words, six ? address.getInt(SCOPE_AT) : 0);
    }
  }

  /** Adds a socket to the table; nothing if it is refused. */
  OptionalInt describe(Descriptor descriptor, OpenedFile file, FileOwner owner, int family)
      throws IOException {
    SocketReader reader = new SocketReader(file);
    int type = reader.get(SocketOption.TYPE);
    int protocol = reader.get(SocketOption.PROTOCOL);
    boolean tcp = type == STREAM && protocol == TCP;
    if (!tcp && (type != DGRAM || protocol != UDP)) {
      return refuse(descriptor, "is a socket of type %d, protocol %d".formatted(type, protocol));
    }
    Address own = Address.of(file.localAddress(), family);
    Address peer = Address.of(file.peerAddress(), family);
    NativeBuffer info = new NativeBuffer(INFO_BYTES);
    int state = peer.port() != 0 ? ESTABLISHED : CLOSE;
    if (tcp) {
      file.option(SocketOption.SOL_TCP, SocketOption.TCP_INFO, info);
      state = info.getByte(0);
      if (state != LISTEN && state != CLOSE) {
        return refuse(descriptor, "is a TCP connection");
      }
    }
    if (state == LISTEN && info.getInt(WAITING_AT) != 0) {
      return refuse(descriptor, "has connections that were not accepted yet");
    }
    if (own.scope() != 0 || reader.isFiltered()) {
      return refuse(descriptor, "is a socket of a single interface, or with a filter");
    }
    int backlog = state == LISTEN ? info.getInt(BACKLOG_AT) : 0;
    return OptionalInt.of(
        add(descriptor, file, owner, family, type, protocol, state, own, peer, backlog));
  }

  private OptionalInt refuse(Descriptor descriptor, String cause) {
    refusals.add(descriptor + " " + cause);
    return OptionalInt.empty();
  }

  private int add(
      Descriptor descriptor,
      OpenedFile file,
      FileOwner owner,
      int family,
      int type,
      int protocol,
      int state,
      Address own,
      Address peer,
      int backlog)
      throws IOException {
    int flags = descriptor.flags();
    var options = new SocketReader(file).all(false);
    Optional<Boolean> v6only =
        family == AF_INET6
            ? Optional.of(file.option(SocketOption.SOL_IPV6, SocketOption.IPV6_V6ONLY) != 0)
            : Optional.empty();
    IpOptions ip = family == AF_INET6 ? ipv6(file) : ipv4(file);
    Optional<TcpOptions> tcp = protocol == TCP ? Optional.of(tcp(file)) : Optional.empty();
    return table.add(
        id ->
            FileRecord.of(
                new InetSocket(
                    id,
                    (int) descriptor.status().inode(),
                    family,
                    type,
                    protocol,
                    state,
                    own.port(),
                    peer.port(),
                    flags,
                    backlog,
                    own.words(),
                    peer.words(),
                    owner,
                    options,
                    v6only,
                    Optional.of(ip),
                    Optional.empty(),
                    OptionalInt.of(NET_NAMESPACE),
                    OptionalInt.empty(),
                    tcp)));
  }

  private static Optional<Boolean> flag(OpenedFile file, int level, int name) throws SysException {
    return file.option(level, name) != 0 ? Optional.of(true) : Optional.empty();
  }

  private static IpOptions ipv6(OpenedFile file) throws SysException {
    return new IpOptions(
        flag(file, SocketOption.SOL_IPV6, SocketOption.IPV6_FREEBIND),
        Optional.empty(),
        flag(file, SocketOption.SOL_IPV6, SocketOption.IPV6_RECVPKTINFO),
        OptionalInt.empty(),
        OptionalInt.empty());
  }

  private static IpOptions ipv4(OpenedFile file) throws SysException {
    int tos = file.option(SocketOption.SOL_IP, SocketOption.IP_TOS);
    return new IpOptions(
        flag(file, SocketOption.SOL_IP, SocketOption.IP_FREEBIND),
        Optional.empty(),
        flag(file, SocketOption.SOL_IP, SocketOption.IP_PKTINFO),
        tos == 0 ? OptionalInt.empty() : OptionalInt.of(tos),
        OptionalInt.of(file.option(SocketOption.SOL_IP, SocketOption.IP_TTL)));
  }

  private static TcpOptions tcp(OpenedFile file) throws SysException {
    int level = SocketOption.SOL_TCP;
    return new TcpOptions(
        flag(file, level, SocketOption.TCP_CORK),
        flag(file, level, SocketOption.TCP_NODELAY),
        OptionalInt.of(file.option(level, SocketOption.TCP_KEEPCNT)),
        OptionalInt.of(file.option(level, SocketOption.TCP_KEEPIDLE)),
        OptionalInt.of(file.option(level, SocketOption.TCP_KEEPINTVL)));
  }
}
