package io.criulazy.daemon.server;

import io.criulazy.proto.index.SeekIndex;
import io.criulazy.proto.pageserver.Command;
import io.criulazy.proto.pageserver.HeaderLayout;
import io.criulazy.proto.wire.Capability;
import io.criulazy.proto.wire.FramePrefix;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Frames;
import io.criulazy.proto.wire.Hello;
import io.criulazy.proto.wire.Open;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.Read;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Runs the very code that answers requests before the first client comes: until it is compiled,
 * each answer takes ten times as long, and on a small machine the compiler stands in the way of the
 * process that waits for it.
 *
 * <p>It needs a moment's server of its own on loopback, without TLS: not for images that only
 * certificates may see.
 */
public final class ServerWarmUp {
  private static final long BUDGET_NS = 200_000_000;
  private static final int MAX_REQUESTS = 3_000;
  private static final HeaderLayout LAYOUT = HeaderLayout.NARROW;

  private final ServedImages images;
  private final long task;
  private final long address;

  private ServerWarmUp(ServedImages images, long task, long address) {
    this.images = images;
    this.task = task;
    this.address = address;
  }

  /** One question and its answer. */
  private interface Exchange {
    void run(Socket socket, DataInputStream in) throws IOException;
  }

  /**
   * Asks for one page again and again, in each protocol for at most 0.2 s. Does nothing if there is
   * none.
   *
   * @throws IOException if loopback does not work, or the images have changed
   */
  public static void run(ServedImages images) throws IOException {
    for (long task : images.images().taskIds()) {
      SeekIndex index = images.task(task);
      for (int entry = 0; entry < index.entryCount(); entry++) {
        if (index.present(entry)) {
          new ServerWarmUp(images, task, index.start(entry)).run();
          return;
        }
      }
    }
  }

  private void run() throws IOException {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    List<PageProtocol> protocols =
        List.of(
            new WireProtocol(
                new OneImageSet(images), false, PageServerOptions.DEFAULT_STALL_LIMIT, meters),
            CriuProtocol.serving(
                images, PageServerOptions.DEFAULT_STALL_LIMIT, complete -> {}, meters));
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (PageServer server =
        PageServer.start(
            PageServerOptions.of(new InetSocketAddress(loopback, 0), protocols, meters))) {
      InetSocketAddress address = (InetSocketAddress) server.address();
      repeat(address, (socket, in) -> {}, inCriusProtocol());
      repeat(address, ServerWarmUp::greet, inOurProtocol());
    }
  }

  private static void repeat(InetSocketAddress server, Exchange first, Exchange then)
      throws IOException {
    long start = System.nanoTime();
    try (Socket socket = new Socket(server.getAddress(), server.getPort())) {
      socket.setTcpNoDelay(true);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      first.run(socket, in);
      for (int i = 0; i < MAX_REQUESTS && System.nanoTime() - start < BUDGET_NS; i++) {
        then.run(socket, in);
      }
    }
  }

  private Exchange inCriusProtocol() {
    ByteBuffer request = ByteBuffer.allocate(LAYOUT.bytes());
    LAYOUT.write(request, 0, Command.GET.code(), 1, address, task);
    byte[] answer = new byte[LAYOUT.bytes() + (int) SeekIndex.PAGE_BYTES];
    return (socket, in) -> {
      socket.getOutputStream().write(request.array());
      in.readFully(answer);
    };
  }

  private Exchange inOurProtocol() {
    Read read =
        Read.newBuilder().setTask(task).setAddress(address).setPages(1).setUrgent(true).build();
    byte[] request = Frames.of(FrameType.READ, read).array();
    return (socket, in) -> {
      socket.getOutputStream().write(request);
      skipFrame(in);
    };
  }

  private static void greet(Socket socket, DataInputStream in) throws IOException {
    Hello hello =
        Hello.newBuilder()
            .setMinVersion(Capability.VERSION)
            .setMaxVersion(Capability.VERSION)
            .build();
    socket.getOutputStream().write(Preamble.client());
    socket.getOutputStream().write(Frames.of(FrameType.HELLO, hello).array());
    socket.getOutputStream().write(Frames.of(FrameType.OPEN, Open.getDefaultInstance()).array());
    in.readFully(new byte[Preamble.SERVER_BYTES]);
    skipFrame(in);
    skipFrame(in);
  }

  private static void skipFrame(DataInputStream in) throws IOException {
    byte[] prefix = new byte[FramePrefix.BYTES];
    in.readFully(prefix);
    ByteBuffer view = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN);
    FramePrefix.requireBounded(view, 0);
    in.readFully(new byte[FramePrefix.headerBytes(view, 0) + FramePrefix.payloadBytes(view, 0)]);
  }
}
