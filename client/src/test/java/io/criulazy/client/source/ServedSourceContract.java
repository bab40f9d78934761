package io.criulazy.client.source;

import io.criulazy.daemon.server.CriuProtocol;
import io.criulazy.daemon.server.OneImageSet;
import io.criulazy.daemon.server.PageServer;
import io.criulazy.daemon.server.PageServerOptions;
import io.criulazy.daemon.server.ServedImages;
import io.criulazy.daemon.server.WireProtocol;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;

/** A source whose pages come from a page server of ours in this JVM. */
abstract class ServedSourceContract extends PageSourceContract {
  private PageServer server;

  SocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  /** Starts the server; returns its port, or 0 for a unix socket. */
  int serve() throws IOException {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    ServedImages served = ServedImages.of(images);
    Duration limit = Duration.ofSeconds(5);
    server =
        PageServer.start(
            PageServerOptions.of(
                address(),
                List.of(
                    new WireProtocol(new OneImageSet(served), false, limit, meters),
                    CriuProtocol.serving(served, limit, complete -> {}, meters)),
                meters));
    return server.address() instanceof InetSocketAddress tcp ? tcp.getPort() : 0;
  }

  void closeServer() {
    server.close();
  }

  @Override
  void closeAll() throws IOException {
    closeServer();
  }
}
