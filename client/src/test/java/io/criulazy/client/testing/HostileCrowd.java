package io.criulazy.client.testing;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import io.criulazy.proto.pageserver.Command;
import io.criulazy.proto.pageserver.HeaderLayout;
import io.criulazy.proto.wire.FramePrefix;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Frames;
import io.criulazy.proto.wire.Hello;
import io.criulazy.proto.wire.Open;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.Read;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Thousands of connections to a page server that say nothing, or half of a request, or ask for as
 * much as they can and take nothing of it.
 */
public final class HostileCrowd implements AutoCloseable {
  private static final int GREEDY_REQUESTS = 500;
  private static final int MAX_READ_PAGES = 4096;

  /** 64 MiB: with more the server ends the connection. */
  private static final int READS_OF_CREDIT = 4;

  private final List<SocketChannel> crowd = new ArrayList<>();
  private final InetSocketAddress server;
  private final long pid;
  private final long address;

  /**
   * @param pid of a task of the images
   */
  public HostileCrowd(int port, Path images, long pid) throws IOException {
    this.server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.pid = pid;
    try (ImageSet set = ImageStore.open(images)) {
      this.address = set.index(pid).start(0);
    }
  }

  /** In criu's protocol: of a hundred, ten with half a request and two greedy ones. */
  public HostileCrowd inCriusProtocol(int connections) throws IOException {
    byte[] request = new byte[HeaderLayout.NARROW.bytes()];
    HeaderLayout.NARROW.write(
        ByteBuffer.wrap(request), 0, Command.GET.code(), 0xffff_ffffL, address, pid);
    for (int i = 0; i < connections; i++) {
      SocketChannel each = connect();
      if (i % 10 == 1) {
        each.write(ByteBuffer.wrap(request, 0, request.length / 2));
      } else if (i % 50 == 2) {
        ask(each, ByteBuffer.wrap(request), GREEDY_REQUESTS);
      }
    }
    return this;
  }

  /**
   * In our protocol: of a hundred, ten with half a preamble, ten that lack one byte of the longest
   * header that there may be, ten that announce 4 GiB, and ten greedy ones.
   */
  public HostileCrowd inOurProtocol(int connections) throws IOException {
    byte[] almost = new byte[FramePrefix.BYTES + FramePrefix.MAX_REQUEST_BYTES - 1];
    FramePrefix.write(
        ByteBuffer.wrap(almost).order(ByteOrder.LITTLE_ENDIAN),
        0,
        FrameType.HELLO,
        FramePrefix.MAX_REQUEST_BYTES,
        0);
    ByteBuffer huge = ByteBuffer.allocate(FramePrefix.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    FramePrefix.write(huge, 0, FrameType.HELLO, -1, -1);
    Read read = Read.newBuilder().setTask(pid).setAddress(address).setPages(MAX_READ_PAGES).build();
    for (int i = 0; i < connections; i++) {
      SocketChannel each = connect();
      if (i % 10 == 1) {
        each.write(ByteBuffer.wrap(Preamble.client(), 0, Preamble.CLIENT_BYTES / 2));
      } else if (i % 10 == 2) {
        greet(each);
        ask(each, Frames.of(FrameType.READ, read), READS_OF_CREDIT);
      } else if (i % 10 == 3) {
        each.write(ByteBuffer.wrap(Preamble.client()));
        each.write(ByteBuffer.wrap(almost));
      } else if (i % 10 == 4) {
        each.write(ByteBuffer.wrap(Preamble.client()));
        each.write(huge.duplicate());
      }
    }
    return this;
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(server);
    crowd.add(channel);
    return channel;
  }

  private static void greet(SocketChannel channel) throws IOException {
    channel.write(ByteBuffer.wrap(Preamble.client()));
    Hello hello = Hello.newBuilder().setMinVersion(1).setMaxVersion(1).build();
    channel.write(Frames.of(FrameType.HELLO, hello));
    channel.write(Frames.of(FrameType.OPEN, Open.getDefaultInstance()));
    receive(channel, Preamble.SERVER_BYTES);
    for (int frame = 0; frame < 2; frame++) { // Welcome and Opened
      ByteBuffer prefix = receive(channel, FramePrefix.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      receive(channel, FramePrefix.headerBytes(prefix, 0));
    }
  }

  private static ByteBuffer receive(SocketChannel channel, int bytes) throws IOException {
    ByteBuffer received = ByteBuffer.allocate(bytes);
    while (received.hasRemaining()) {
      if (channel.read(received) < 0) {
        throw new IOException("the server has closed");
      }
    }
    return received;
  }

  private static void ask(SocketChannel channel, ByteBuffer request, int times) throws IOException {
    channel.configureBlocking(false);
    for (int n = 0; n < times; n++) {
      ByteBuffer copy = request.duplicate();
      if (channel.write(copy) < copy.limit()) {
        return;
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel each : crowd) {
      each.close();
    }
  }
}
