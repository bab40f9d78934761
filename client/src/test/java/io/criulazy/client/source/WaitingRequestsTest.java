package io.criulazy.client.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.criulazy.client.testing.Certificates;
import io.criulazy.daemon.server.TlsSettings;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who asks does not wait, and loses nothing, while the server reads no requests. */
@Timeout(60)
class WaitingRequestsTest {
  private static final int REQUEST_BYTES = 48;

  /** More than any connection holds of so small requests, less than may wait. */
  private static final int BURST = 20_000;

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;

  @Test
  void aBurstOnAUnixSocketWaitsAndComesInOrder() throws Exception {
    try (ServerSocketChannel listener = listen();
        ServerStream client = connect();
        SocketChannel server = listener.accept()) {
      mustTakeABurst(client, Channels.newInputStream(server));
    }
  }

  @Test
  void aBurstOverTlsWaitsAndComesInOrder() throws Exception {
    SSLContext context = tls();
    try (SSLServerSocket listener =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<SSLSocket> accepted = CompletableFuture.supplyAsync(() -> accept(listener));
      ServerAddress address = ServerAddress.tcp("127.0.0.1", listener.getLocalPort());
      try (ServerStream client =
              ServerStream.open(address, Optional.of(new ClientTls(context, true)));
          SSLSocket server = accepted.join()) {
        mustTakeABurst(client, server.getInputStream());
      }
    }
  }

  @Test
  void aServerThatNeverReadsIsGivenUp() throws Exception {
    try (ServerSocketChannel listener = listen();
        ServerStream client = connect();
        SocketChannel server = listener.accept()) {
      assertTimeoutPreemptively(
          PATIENCE,
          () ->
              assertThatThrownBy(
                      () -> {
                        while (true) {
                          client.writeNow(request(0));
                        }
                      })
                  .isInstanceOf(IOException.class)
                  .hasMessageContaining("takes no requests"));
      assertThat(server.isOpen()).isTrue();
    }
  }

  private static void mustTakeABurst(ServerStream client, InputStream server) throws IOException {
    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          for (int i = 0; i < BURST; i++) {
            client.writeNow(request(i));
          }
        });
    DataInputStream in = new DataInputStream(server);
    byte[] bytes = new byte[REQUEST_BYTES];
    for (int i = 0; i < BURST; i++) {
      in.readFully(bytes);
      assertThat(ByteBuffer.wrap(bytes)).isEqualTo(request(i));
    }
  }

  private static ByteBuffer request(int number) {
    ByteBuffer request = ByteBuffer.allocate(REQUEST_BYTES);
    for (int at = 0; at < REQUEST_BYTES; at += Integer.BYTES) {
      request.putInt(at, number);
    }
    return request;
  }

  private Path socket() {
    return directory.resolve("pages.socket");
  }

  private ServerSocketChannel listen() throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(socket()));
  }

  private ServerStream connect() throws IOException {
    return ServerStream.open(ServerAddress.unix(socket()), Optional.empty());
  }

  private SSLContext tls() throws IOException {
    Path pki = Files.createDirectory(directory.resolve("pki"));
    Certificates.in(pki).sign("both", "127.0.0.1");
    return new TlsSettings(
            pki.resolve("both.pem"),
            pki.resolve("both.key"),
            Optional.of(pki.resolve("authority.pem")),
            Optional.empty(),
            Optional.empty())
        .forClient();
  }

  private static SSLSocket accept(SSLServerSocket listener) {
    try {
      SSLSocket socket = (SSLSocket) listener.accept();
      socket.startHandshake();
      return socket;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
