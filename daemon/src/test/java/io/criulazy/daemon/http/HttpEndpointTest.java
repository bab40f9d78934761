package io.criulazy.daemon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.daemon.unix.PeerList;
import io.criulazy.daemon.unix.UnixSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class HttpEndpointTest {
  private static final String TEXT = "text/plain";

  private final CountDownLatch slow = new CountDownLatch(1);

  @TempDir Path scratch;

  /** Says what it was asked; /slow waits, /bug fails. */
  private final HttpService echo =
      new HttpService() {
        @Override
        public HttpAnswer answer(HttpCall call) {
          switch (call.path()) {
            case "/slow" -> awaitSlow();
            case "/bug" -> throw new IllegalStateException("a bug");
            default -> {
              // as it is
            }
          }
          String body = new String(call.body(), StandardCharsets.UTF_8);
          return HttpAnswer.of(200, TEXT, call.method() + " " + call.path() + " " + body);
        }

        @Override
        public HttpAnswer error(int status, String message) {
          return HttpAnswer.of(status, TEXT, "error: " + message);
        }
      };

  private void awaitSlow() {
    try {
      slow.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void answersPipelinedRequestsInTheirOrder() throws Exception {
    try (HttpEndpoint endpoint = tcp()) {
      String both =
          "GET /slow HTTP/1.1\r\n\r\n"
              + "POST /%61?b=c HTTP/1.1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody";
      slow.countDown();
      assertThat(talk(endpoint, both))
          .containsSubsequence("200 OK", "GET /slow ", "200 OK", "POST /a body");
    }
  }

  @Test
  void aSlowAnswerHoldsNobodyElseUp() throws Exception {
    try (HttpEndpoint endpoint = tcp();
        Socket waiting = connect(endpoint)) {
      waiting
          .getOutputStream()
          .write("GET /slow HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      assertThat(talk(endpoint, "GET /other HTTP/1.0\r\n\r\n")).contains("GET /other");
      slow.countDown();
    }
  }

  @Test
  void refusesWhatIsTooLongOrNoHttpInTheServicesWords() throws Exception {
    try (HttpEndpoint endpoint = tcp()) {
      assertThat(talk(endpoint, "POST / HTTP/1.1\r\nContent-Length: 65537\r\n\r\n"))
          .startsWith("HTTP/1.1 413 ")
          .contains("error: a request's body has at most 65536 bytes");
      assertThat(talk(endpoint, "GET /" + "a".repeat(10_000) + " HTTP/1.1\r\n\r\n"))
          .startsWith("HTTP/1.1 400 ");
      assertThat(talk(endpoint, "hello\r\n\r\n"))
          .startsWith("HTTP/1.1 400 ")
          .contains("error: this is no HTTP request");
    }
  }

  @Test
  void survivesAServiceThatFails() throws Exception {
    try (HttpEndpoint endpoint = tcp()) {
      assertThat(talk(endpoint, "GET /bug HTTP/1.0\r\n\r\n"))
          .startsWith("HTTP/1.1 500 ")
          .contains("a bug");
      assertThat(talk(endpoint, "GET /more HTTP/1.0\r\n\r\n")).contains("GET /more");
    }
  }

  @Test
  void aUnixSocketIsForItsOwnerOnly() throws Exception {
    Path path = scratch.resolve("run/control.sock");
    try (HttpEndpoint endpoint = unix(path);
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      assertThat(endpoint.address()).hasToString(path.toString());
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-------");
      client.write(ByteBuffer.wrap("GET /here HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8)));
      assertThat(new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.UTF_8))
          .contains("GET /here");
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void takesADeadSocketsPlaceButNotALiveOnes() throws Exception {
    Path path = scratch.resolve("control.sock");
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    try (HttpEndpoint endpoint = unix(path)) {
      assertThat(endpoint.address()).hasToString(path.toString());
      assertThatThrownBy(() -> unix(path))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another process listens there");
    }
  }

  @Test
  void saysWhyThereCanBeNoSuchSocket() throws Exception {
    Path file = Files.writeString(scratch.resolve("file"), "precious");
    assertThatThrownBy(() -> unix(file)).hasMessageContaining("it is no socket");
    assertThat(file).hasContent("precious");
    assertThatThrownBy(() -> unix(scratch.resolve("x".repeat(108))))
        .hasMessageContaining("at most 107 bytes");
    try (HttpEndpoint endpoint = tcp()) {
      assertThatThrownBy(
              () -> HttpEndpoint.tcp("test", (InetSocketAddress) endpoint.address(), echo))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot listen on ");
    }
  }

  private HttpEndpoint tcp() throws IOException {
    return HttpEndpoint.tcp(
        "test", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), echo);
  }

  private HttpEndpoint unix(Path path) throws IOException {
    return HttpEndpoint.unix("test", new UnixSocket(path, PeerList.NOBODY_ELSE), echo);
  }

  private static Socket connect(HttpEndpoint endpoint) throws IOException {
    InetSocketAddress address = (InetSocketAddress) endpoint.address();
    return new Socket(address.getAddress(), address.getPort());
  }

  private static String talk(HttpEndpoint endpoint, String request) throws IOException {
    try (Socket socket = connect(endpoint)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
