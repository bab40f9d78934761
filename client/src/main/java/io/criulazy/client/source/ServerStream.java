package io.criulazy.client.source;

import io.criulazy.client.sys.StreamSocket;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.WireException;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Optional;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A connection to a page server, plain or TLS. One thread reads; one at a time {@link #write
 * writes} until the first {@link #writeNow}, and then one at a time calls that; {@link #close} by
 * any thread ends what either is waiting for.
 */
final class ServerStream implements AutoCloseable {
  private static final int CONNECT_TIMEOUT_MS = 5_000;
  private static final int HANDSHAKE_TIMEOUT_MS = 10_000;

  /** For what there is another way: another process of this host has to be quick. */
  static final int SHORT_WAIT_MS = 2_000;

  private static final String CLOSED = "the server has closed the connection";

  private static final String CURRENT_TLS = "TLSv1.3";

  /** Null if it is TLS. */
  private final StreamSocket plain;

  /** As the JDK calls it; null if it is plain. */
  private final String tlsVersion;

  private final AutoCloseable socket;
  private final ReadableByteChannel in;
  private final WritableByteChannel out;
  private final WaitingRequests waiting = new WaitingRequests(this::write, this::close);
  private volatile long heardNs = System.nanoTime();

  /** Plain. */
  private ServerStream(StreamSocket plain) {
    this(plain, null, plain, plain, plain);
  }

  private ServerStream(
      StreamSocket plain,
      String tlsVersion,
      AutoCloseable socket,
      ReadableByteChannel in,
      WritableByteChannel out) {
    this.plain = plain;
    this.tlsVersion = tlsVersion;
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
      return new ServerStream(StreamSocket.connectUnix(address.path(), CONNECT_TIMEOUT_MS));
    }
    return tls.isPresent()
        ? secure(address, tls.get())
        : new ServerStream(StreamSocket.connectTcp(address.resolve(), CONNECT_TIMEOUT_MS));
  }

  /**
   * Connects to an abstract unix socket.
   *
   * @throws IOException if nobody listens there
   */
  static ServerStream openAbstract(byte[] name) throws IOException {
    return new ServerStream(StreamSocket.connectAbstract(name, SHORT_WAIT_MS));
  }

  private static ServerStream secure(ServerAddress address, ClientTls tls) throws IOException {
    Socket plain = new Socket();
    try {
      plain.setTcpNoDelay(true);
      plain.setKeepAlive(true);
      plain.connect(address.resolve(), CONNECT_TIMEOUT_MS);
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
          null,
          secured.getSession().getProtocol(),
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
        throw new EOFException(CLOSED);
      }
      heardNs = System.nanoTime();
    }
  }

  /**
   * Reads what has come, without waiting; plain connections only.
   *
   * @return whether the buffer is full
   * @throws EOFException if the server has closed before
   */
  boolean readNow(ByteBuffer target) throws IOException {
    while (target.hasRemaining()) {
      int count = plain.readNow(target);
      if (count < 0) {
        throw new EOFException(CLOSED);
      }
      if (count == 0) {
        return false;
      }
      heardNs = System.nanoTime();
    }
    return true;
  }

  /**
   * How long a read of a plain connection may wait; TLS waits for ever.
   *
   * @param limitMs 0: for ever
   */
  void limitWait(int limitMs) throws IOException {
    if (plain != null) {
      plain.limitWait(limitMs);
    }
  }

  /**
   * Checks that what encrypts is what our own protocol needs; criu's has to do with what criu has.
   *
   * @throws WireException if it is TLS, and older than 1.3
   */
  void requireCurrentTls() throws WireException {
    if (tlsVersion != null && !tlsVersion.equals(CURRENT_TLS)) {
      throw new WireException(
          FailureCode.NOT_GRANTED,
          "the page server offers %s only; this needs %s: let it have a newer TLS"
              .formatted(tlsVersion, CURRENT_TLS));
    }
  }

  /** Its socket, if it is not TLS. */
  Optional<StreamSocket> plain() {
    return Optional.ofNullable(plain);
  }

  void write(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      out.write(source);
    }
  }

  /**
   * Writes a request without waiting: what there is no room for follows later, in order. TLS knows
   * no writing without waiting, so there it is always later.
   *
   * @param request the stream's from now on
   * @throws IOException if so much waits that the server takes nothing any more
   */
  void writeNow(ByteBuffer request) throws IOException {
    if (plain != null && waiting.isEmpty()) {
      plain.writeNow(request);
    }
    if (request.hasRemaining()) {
      waiting.add(request);
    }
  }

  /** When something was received last, as of {@link System#nanoTime}. */
  long heardNs() {
    return heardNs;
  }

  @Override
  public void close() {
    waiting.close();
    try {
      socket.close();
    } catch (Exception e) {
      // There is nothing to be done about it, and nothing that depends on it.
    }
  }
}
