package io.criulazy.client.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between a client and a server on 127.0.0.1 and does what networks do: cuts all connections
 * now and then, changes bytes, lets some time pass, goes silent. Only what comes from the server is
 * harmed.
 */
public final class BadNetwork implements AutoCloseable {
  private final ServerSocket listener;
  private final int serverPort;
  private final Mischief mischief;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong harm = new AtomicLong();

  /**
   * What is done.
   *
   * @param cutEveryMs 0: never
   * @param corruptEveryBytes of one connection; 0: never
   * @param stallAfterBytes of one connection, which then says nothing any more; 0: never
   * @param delayMs before each piece goes on
   */
  public record Mischief(
      int cutEveryMs, long corruptEveryBytes, long stallAfterBytes, int delayMs) {}

  /** Listens on a port of its own. */
  public BadNetwork(int serverPort, Mischief mischief) throws IOException {
    this.serverPort = serverPort;
    this.mischief = mischief;
    this.listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    start(this::accept);
    if (mischief.cutEveryMs() > 0) {
      start(this::cut);
    }
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** How often it has done harm. */
  public long harm() {
    return harm.get();
  }

  private static void start(Runnable body) {
    Thread thread = new Thread(body, "bad-network");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(server);
        start(() -> carry(client, server, false));
        start(() -> carry(server, client, true));
      }
    } catch (IOException closed) {
      // The test is over, or the server is.
    }
  }

  private void cut() {
    while (!listener.isClosed()) {
      pause(mischief.cutEveryMs());
      sockets.forEach(this::cut);
    }
  }

  private void cut(Socket socket) {
    if (sockets.remove(socket)) {
      harm.incrementAndGet();
      quietly(socket);
    }
  }

  private void carry(Socket from, Socket to, boolean harmful) {
    byte[] buffer = new byte[16 << 10];
    long carried = 0;
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count; (count = in.read(buffer)) > 0; carried += count) {
        if (harmful && isStalled(carried)) {
          continue;
        }
        if (harmful) {
          corrupt(buffer, carried, count);
          pause(mischief.delayMs());
        }
        out.write(buffer, 0, count);
      }
    } catch (IOException cut) {
      // That is what networks do.
    }
  }

  private boolean isStalled(long carried) {
    long limit = mischief.stallAfterBytes();
    boolean stalled = limit > 0 && carried > limit;
    if (stalled) {
      harm.incrementAndGet();
    }
    return stalled;
  }

  private void corrupt(byte[] buffer, long carried, int count) {
    long every = mischief.corruptEveryBytes();
    if (every > 0 && carried / every != (carried + count) / every) {
      harm.incrementAndGet();
      buffer[count / 2] ^= 0x10;
    }
  }

  private static void pause(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void quietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    sockets.forEach(BadNetwork::quietly);
  }
}
