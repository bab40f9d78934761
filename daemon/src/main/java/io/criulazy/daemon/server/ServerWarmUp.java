package io.criulazy.daemon.server;

import io.criulazy.proto.index.SeekIndex;
import io.criulazy.proto.pageserver.Command;
import io.criulazy.proto.pageserver.HeaderLayout;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Runs the very code that answers GETs before the first client comes: until it is compiled, each
 * answer takes ten times as long, and on a small machine the compiler stands in the way of the
 * process that waits for it.
 *
 * <p>It needs a moment's server of its own on loopback, without TLS: not for images that only
 * certificates may see.
 */
public final class ServerWarmUp {
  private static final long BUDGET_NS = 400_000_000;
  private static final int MAX_REQUESTS = 5_000;
  private static final HeaderLayout LAYOUT = HeaderLayout.NARROW;

  private ServerWarmUp() {}

  /**
   * Asks for one page again and again, for at most 0.4 s. Does nothing if there is none.
   *
   * @throws IOException if loopback does not work, or the images have changed
   */
  public static void run(ServedImages images) throws IOException {
    for (long task : images.images().taskIds()) {
      SeekIndex index = images.task(task);
      for (int entry = 0; entry < index.entryCount(); entry++) {
        if (index.present(entry)) {
          ask(images, task, index.start(entry));
          return;
        }
      }
    }
  }

  private static void ask(ServedImages images, long task, long address) throws IOException {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    CriuProtocol protocol =
        CriuProtocol.serving(images, PageServerOptions.DEFAULT_STALL_LIMIT, complete -> {}, meters);
    InetAddress loopback = InetAddress.getLoopbackAddress();
    PageServerOptions options =
        PageServerOptions.of(new InetSocketAddress(loopback, 0), List.of(protocol), meters);
    ByteBuffer request = ByteBuffer.allocate(LAYOUT.bytes());
    LAYOUT.write(request, 0, Command.GET.code(), 1, address, task);
    byte[] answer = new byte[LAYOUT.bytes() + (int) SeekIndex.PAGE_BYTES];
    long start = System.nanoTime();
    try (PageServer server = PageServer.start(options);
        Socket socket = new Socket(loopback, ((InetSocketAddress) server.address()).getPort())) {
      socket.setTcpNoDelay(true);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      for (int i = 0; i < MAX_REQUESTS && System.nanoTime() - start < BUDGET_NS; i++) {
        socket.getOutputStream().write(request.array());
        in.readFully(answer);
      }
    }
  }
}
