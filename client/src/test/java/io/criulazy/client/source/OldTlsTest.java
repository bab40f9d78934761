package io.criulazy.client.source;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.client.testing.Certificates;
import io.criulazy.daemon.server.TlsSettings;
import io.criulazy.daemon.store.ImageIdentity;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server of our protocol that has no TLS 1.3. */
@Timeout(30)
class OldTlsTest {
  private static final Path IMAGES = Path.of("../proto/src/test/resources/images/criu-4.1.1");

  @TempDir Path scratch;

  @Test
  void isNotUsed() throws IOException {
    Certificates.in(scratch).sign("server", "127.0.0.1").sign("client", "127.0.0.1");
    try (ImageSet images = ImageStore.open(IMAGES);
        SSLServerSocket old = listen("TLSv1.2");
        RogueWireServer server = new RogueWireServer(images, old)) {
      RemoteOptions options =
          new RemoteOptions(
              List.of(server.address()),
              Optional.of(new ClientTls(context("client"), false)),
              "",
              ImageIdentity.of(images),
              false,
              true,
              Duration.ZERO,
              scratch);
      assertThatThrownBy(
              () -> RemotePages.connect(options, new SourceStatistics(), RemotePages.BRIEFLY))
          .hasMessageContaining("TLSv1.2 only")
          .hasMessageContaining("TLSv1.3");
    }
  }

  private SSLServerSocket listen(String version) throws IOException {
    SSLServerSocket socket =
        (SSLServerSocket)
            context("server")
                .getServerSocketFactory()
                .createServerSocket(0, 16, InetAddress.getLoopbackAddress());
    socket.setEnabledProtocols(new String[] {version});
    socket.setNeedClientAuth(true);
    return socket;
  }

  private SSLContext context(String name) throws IOException {
    return new TlsSettings(
            scratch.resolve(name + ".pem"),
            scratch.resolve(name + ".key"),
            Optional.of(scratch.resolve("authority.pem")),
            Optional.empty(),
            Optional.empty())
        .forClient();
  }
}
