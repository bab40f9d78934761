package io.criulazy.client.source;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.proto.index.SeekIndex;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A page server of one image, with nothing of the real ones, that does wrong when it is told to.
 */
abstract class RogueServer<M> implements AutoCloseable {
  static final int PAGE = 4096;

  private final ServerSocket listener;
  private final ImageSet images;
  private final M honest;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger wrongsLeft = new AtomicInteger();
  private final AtomicInteger wrongs = new AtomicInteger();
  private volatile M manner;
  private byte[] late;

  /**
   * @param honest the manner that does nothing wrong
   */
  RogueServer(ImageSet images, M honest) throws IOException {
    this(images, honest, new ServerSocket(0, 16, InetAddress.getLoopbackAddress()));
  }

  /** Listens where it is told to. */
  RogueServer(ImageSet images, M honest, ServerSocket listener) {
    this.images = images;
    this.honest = honest;
    this.manner = honest;
    this.listener = listener;
    start(this::accept);
  }

  /** Is so for that many requests. */
  void be(M next, int times) {
    manner = next;
    wrongsLeft.set(times);
  }

  /** How many requests it has treated so. */
  int wrongs() {
    return wrongs.get();
  }

  /** Ends all connections. */
  void cut() throws IOException {
    for (Socket connection : connections) {
      connection.close();
    }
  }

  ServerAddress address() {
    return ServerAddress.tcp("127.0.0.1", listener.getLocalPort());
  }

  /** Speaks with one client until it goes. */
  abstract void converse(DataInputStream in, OutputStream out) throws IOException;

  /** How the next request is to be treated. */
  M nextManner() {
    if (wrongsLeft.getAndUpdate(left -> Math.max(0, left - 1)) == 0) {
      return honest;
    }
    wrongs.incrementAndGet();
    return manner;
  }

  /** Keeps an answer for {@link #sendLate}; thrown, it ends the connection. */
  synchronized IOException late(byte[] answer) {
    late = answer;
    return new IOException("the rest comes later");
  }

  /** Sends what was kept, in front of the next answer. */
  synchronized void sendLate(OutputStream out) throws IOException {
    if (late != null) {
      out.write(late);
      late = null;
    }
  }

  /** Sends an answer but for its last half page; thrown, it ends the connection. */
  static IOException torn(OutputStream out, byte[] answer) throws IOException {
    out.write(answer, 0, answer.length - PAGE / 2);
    return new IOException("that is all");
  }

  /**
   * Reads a page of the image.
   *
   * @return whether it has it
   */
  boolean read(long task, long address, ByteBuffer target) throws IOException {
    SeekIndex index = images.index(task);
    int entry = index.find(address);
    if (entry < 0 || !index.present(entry)) {
      return false;
    }
    long offset = index.fileOffset(entry) + address - index.start(entry);
    images.pagesFile(index.file(entry)).read(offset, target);
    return true;
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = listener.accept();
        connection.setTcpNoDelay(true);
        connections.add(connection);
        start(() -> serve(connection));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      converse(new DataInputStream(connection.getInputStream()), connection.getOutputStream());
    } catch (IOException gone) {
      // The client has had enough of it.
    } finally {
      connections.remove(connection);
    }
  }

  private static void start(Runnable body) {
    Thread thread = new Thread(body, "rogue");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }
}
