package io.criulazy.client.source;

import io.netty.channel.unix.DomainSocketAddress;
import java.net.SocketAddress;

/** Our protocol over a unix socket. */
class UnixSourceTest extends WireSourceTest {
  @Override
  SocketAddress address() {
    return new DomainSocketAddress(scratch.resolve("pages.socket").toFile());
  }

  @Override
  ServerAddress server(int port) {
    return ServerAddress.unix(scratch.resolve("pages.socket"));
  }
}
