package io.criulazy.daemon.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import io.criulazy.daemon.store.TestImages;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several page servers in one registry: each shows its own connections, and all their bytes. */
@Timeout(30)
class ServerMetersTest {
  @TempDir Path directory;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @Test
  void eachServerHasAGaugeAndAllShareTheCounters() throws Exception {
    SocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    SocketAddress unix = new DomainSocketAddress(directory.resolve("s").toFile());
    try (ImageSet images = ImageStore.open(TestImages.write(directory.resolve("img"), 4));
        PageServer other = start(images, anywhere);
        PageServer local = start(images, unix)) {
      String gone;
      try (PageServer one = start(images, anywhere);
          WireClient first = WireClient.connect(one.address());
          WireClient second = WireClient.connect(one.address());
          WireClient third = WireClient.connect(other.address())) {
        gone = name(one);
        first.greet("");
        second.greet("");
        third.greet("");
        assertThat(connections(gone)).isEqualTo(2);
        assertThat(connections(name(other))).isEqualTo(1);
        assertThat(connections("unix:" + directory.resolve("s"))).isZero();
        assertThat(meters.get("criu_lazy_pageserver_requests").counter().count()).isEqualTo(6);
      }
      assertThat(meters.find("criu_lazy_pageserver_connections").tag("listener", gone).gauge())
          .isNull();
      assertThat(connections(name(other))).isNotNegative();
      assertThat(local.address()).isEqualTo(unix);
    }
    assertThat(meters.find("criu_lazy_pageserver_connections").gauges()).isEmpty();
  }

  private PageServer start(ImageSet images, SocketAddress address) throws Exception {
    OneImageSet catalog = new OneImageSet(ServedImages.of(images));
    WireProtocol protocol = new WireProtocol(catalog, false, Duration.ofSeconds(5), meters);
    return PageServer.start(PageServerOptions.of(address, List.of(protocol), meters));
  }

  private static String name(PageServer server) {
    return "127.0.0.1:" + ((InetSocketAddress) server.address()).getPort();
  }

  private double connections(String listener) {
    return meters.get("criu_lazy_pageserver_connections").tag("listener", listener).gauge().value();
  }
}
