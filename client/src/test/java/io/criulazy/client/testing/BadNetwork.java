package io.criulazy.client.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Stands between a client and a server and does what networks do: cuts all connections now and
 * then, changes bytes, lets some time pass, goes silent. Only what comes from the server is harmed.
 */
public final class BadNetwork implements AutoCloseable {
  private static final byte[] END = {};
  private static final int MAX_PIECES = 4_096;
  private static final long RESENT_MS = 200;
  private static final long NS_PER_MS = 1_000_000;

  private final ServerSocket listener;
  private volatile InetSocketAddress server;
  private volatile Mischief mischief;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong harm = new AtomicLong();

  /**
   * What is done.
   *
   * @param cutEveryMs 0: never
   * @param corruptEveryBytes of one connection; 0: never
   * @param stallAfterBytes of one connection, which then says nothing any more; 0: never
   * @param delayMs how long each piece is on its way; each hundredth 200 ms longer, as a packet is
   *     that was lost, and all behind it; 0: nothing is delayed
   */
  public record Mischief(
      int cutEveryMs, long corruptEveryBytes, long stallAfterBytes, int delayMs) {}

  /** A piece that is on its way. */
  private record Piece(byte[] bytes, long dueNs) {}

  /** Stands before a server of this host, on a port of its own. */
  public BadNetwork(int serverPort, Mischief mischief) throws IOException {
    this(local(serverPort), InetAddress.getLoopbackAddress(), mischief);
  }

  /** Listens on an address, on a port of its own. */
  public BadNetwork(InetSocketAddress server, InetAddress address, Mischief mischief)
      throws IOException {
    this.server = server;
    this.mischief = mischief;
    this.listener = new ServerSocket(0, 64, address);
    start(this::accept);
    if (mischief.cutEveryMs() > 0) {
      start(this::cut);
    }
  }

  /** From now on connections lead to another server; those that there are stay. */
  public void redirect(int port) {
    server = local(port);
  }

  private static InetSocketAddress local(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Does nothing wrong from now on. */
  public void heal() {
    mischief = new Mischief(0, 0, 0, 0);
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
        Socket server = connect(client);
        if (server == null) {
          continue;
        }
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

  /** Null if the server is down; the client hears of it. */
  private Socket connect(Socket client) throws IOException {
    try {
      return new Socket(server.getAddress(), server.getPort());
    } catch (ConnectException e) {
      client.close();
      return null;
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
    BlockingQueue<Piece> onItsWay = new LinkedBlockingQueue<>(MAX_PIECES);
    start(() -> deliver(onItsWay, to));
    byte[] buffer = new byte[16 << 10];
    long carried = 0;
    try (from) {
      InputStream in = from.getInputStream();
      for (int count; (count = in.read(buffer)) > 0; carried += count) {
        if (harmful && isStalled(carried)) {
          continue;
        }
        if (harmful) {
          corrupt(buffer, carried, count);
        }
        put(onItsWay, new Piece(Arrays.copyOf(buffer, count), dueNs()));
      }
    } catch (IOException cut) {
      // That is what networks do.
    }
    put(onItsWay, new Piece(END, dueNs()));
  }

  private long dueNs() {
    if (mischief.delayMs() == 0) {
      return System.nanoTime();
    }
    boolean lost = ThreadLocalRandom.current().nextInt(100) == 0;
    if (lost) {
      harm.incrementAndGet();
    }
    return System.nanoTime() + (mischief.delayMs() + (lost ? RESENT_MS : 0)) * NS_PER_MS;
  }

  private static void put(BlockingQueue<Piece> queue, Piece piece) {
    try {
      queue.put(piece);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void deliver(BlockingQueue<Piece> onItsWay, Socket to) {
    try (to) {
      OutputStream out = to.getOutputStream();
      for (Piece piece; (piece = onItsWay.take()).bytes() != END; ) {
        LockSupport.parkNanos(piece.dueNs() - System.nanoTime());
        out.write(piece.bytes());
      }
    } catch (IOException | InterruptedException cut) {
      onItsWay.clear(); // whoever reads goes on until the connection's other half is cut, too
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
