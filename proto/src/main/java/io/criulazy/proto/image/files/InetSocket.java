package io.criulazy.proto.image.files;

import io.criulazy.proto.image.codec.Field;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A socket of AF_INET or AF_INET6.
 *
 * @param family AF_INET 2, AF_INET6 10
 * @param type SOCK_*
 * @param protocol IPPROTO_*
 * @param state TCP_ESTABLISHED 1, TCP_CLOSE 7, TCP_LISTEN 10
 * @param flags of open(2)
 * @param sourceAddress one word or four, the bytes as they travel
 * @param shutdown see {@link SocketOptions}
 */
public record InetSocket(
    @Field(1) int id,
    @Field(2) int inode,
    @Field(3) int family,
    @Field(4) int type,
    @Field(5) int protocol,
    @Field(6) int state,
    @Field(7) int sourcePort,
    @Field(8) int destinationPort,
    @Field(9) int flags,
    @Field(10) int backlog,
    @Field(11) List<Integer> sourceAddress,
    @Field(12) List<Integer> destinationAddress,
    @Field(13) FileOwner owner,
    @Field(14) SocketOptions options,
    @Field(15) Optional<Boolean> v6only,
    @Field(16) Optional<IpOptions> ipOptions,
    @Field(17) Optional<String> interfaceName,
    @Field(18) OptionalInt netNsId,
    @Field(19) OptionalInt shutdown,
    @Field(20) Optional<TcpOptions> tcpOptions) {
  /** Keeps copies of the lists. */
  public InetSocket {
    sourceAddress = List.copyOf(sourceAddress);
    destinationAddress = List.copyOf(destinationAddress);
  }
}
