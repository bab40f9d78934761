package io.criulazy.client.source;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Optional;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A connection to a page server, plain or TLS. One thread reads, one at a time writes; {@link
 * #close} by any thread ends what either is waiting for.
 */
final class ServerStream implements AutoCloseable {
  private static final int CONNECT_TIMEOUT_MS = 5_000;
  private static final int HANDSHAKE_TIMEOUT_MS = 10_000;

  private final AutoCloseable socket;
  private final ReadableByteChannel in;
  private final WritableByteChannel out;
  private volatile long heardNs = System.nanoTime();

  private ServerStream(AutoCloseable socket, ReadableByteChannel in, WritableByteChannel out) {
    this.socket = socket;
    this.in = in;
    this.out = out;
  }

  /**
   * Connects.
   *
   * @param tls how, if it is to be TLS
   * @throws IOException if nobody listens there, or it is not who it has to be
   */
  static ServerStream open(ServerAddress address, Optional<ClientTls> tls) throws IOException {
    if (address.isUnix()) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      return connected(channel, address);
    }
    if (tls.isPresent()) {
      return secure(address, tls.get());
    }
    SocketChannel channel = SocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      channel.socket().connect(address.resolve(), CONNECT_TIMEOUT_MS);
      return new ServerStream(channel, channel, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static ServerStream connected(SocketChannel channel, ServerAddress address)
      throws IOException {
    try {
      channel.connect(address.resolve());
      return new ServerStream(channel, channel, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static ServerStream secure(ServerAddress address, ClientTls tls) throws IOException {
    Socket plain = new Socket();
    try {
      plain.setTcpNoDelay(true);
      plain.setKeepAlive(true);
      plain.connect((InetSocketAddress) address.resolve(), CONNECT_TIMEOUT_MS);
      plain.setSoTimeout(HANDSHAKE_TIMEOUT_MS);
      SSLSocket secured =
          (SSLSocket)
              tls.context()
                  .getSocketFactory()
                  .createSocket(plain, address.host(), address.port(), true);
      if (!tls.anyName()) {
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
      }
      secured.startHandshake();
      secured.setSoTimeout(0);
      return new ServerStream(
          plain, // closing it never waits
          Channels.newChannel(secured.getInputStream()),
          Channels.newChannel(secured.getOutputStream()));
    } catch (IOException | RuntimeException e) {
      plain.close();
      throw e;
    }
  }

  /**
   * Fills the buffer.
   *
   * @throws EOFException if the server has closed before
   */
  void read(ByteBuffer target) throws IOException {
    while (target.hasRemaining()) {
      if (in.read(target) < 0) {
        throw new EOFException("the server has closed the connection");
      }
      heardNs = System.nanoTime();
    }
  }

  void write(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      out.write(source);
    }
  }

  /** When something was received last, as of {@link System#nanoTime}. */
  long heardNs() {
    return heardNs;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (Exception e) {
      // There is nothing to be done about it, and nothing that depends on it.
    }
  }
}
