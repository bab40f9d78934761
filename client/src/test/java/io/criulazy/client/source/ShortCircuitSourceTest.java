package io.criulazy.client.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Pages files that a server of this host hands over, though it is addressed over TCP. */
class ShortCircuitSourceTest extends GrantedSourceTest {
  @Override
  SocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  @Override
  ServerAddress server(int port) {
    assertThat(port).isPositive();
    return ServerAddress.tcp("127.0.0.1", port);
  }
}
