package io.criulazy.daemon.server;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import io.criulazy.daemon.store.TestImages;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A page server of both protocols, without a network. */
final class FuzzedServer {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static final int PAGES = 40;

  private static final List<PageProtocol> PROTOCOLS = protocols(open());

  private FuzzedServer() {}

  /** Images whose one task has a page n full of the byte n. */
  private static ServedImages open() {
    try {
      Path directory = Files.createTempDirectory("criu-lazy-fuzz");
      directory.toFile().deleteOnExit();
      ImageSet images = ImageStore.open(TestImages.write(directory, PAGES));
      try (Stream<Path> files = Files.list(directory)) {
        files.forEach(file -> file.toFile().deleteOnExit());
      }
      return ServedImages.of(images);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<PageProtocol> protocols(ServedImages images) {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    return List.of(
        new WireProtocol(new OneImageSet(images), true, LIMIT, meters),
        CriuProtocol.serving(images, LIMIT, complete -> {}, meters));
  }

  /**
   * Has a client say something, in two pieces, and go.
   *
   * @return what it is told
   */
  static byte[] tell(byte[] bytes) {
    int cut = bytes.length / 2;
    EmbeddedChannel channel =
        new EmbeddedChannel(new ProtocolDetector(PROTOCOLS, Runnable::run, new Deadline(LIMIT)));
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    for (ByteBuf piece :
        new ByteBuf[] {
          Unpooled.copiedBuffer(bytes, 0, cut),
          Unpooled.copiedBuffer(bytes, cut, bytes.length - cut)
        }) {
      if (channel.isOpen()) {
        channel.writeInbound(piece);
        channel.runPendingTasks();
        take(channel, told);
      } else {
        piece.release();
      }
    }
    channel.finishAndReleaseAll();
    channel.checkException();
    return told.toByteArray();
  }

  private static void take(EmbeddedChannel channel, ByteArrayOutputStream told) {
    Object message;
    while ((message = channel.readOutbound()) != null) {
      told.writeBytes(ByteBufUtil.getBytes((ByteBuf) message));
      ReferenceCountUtil.release(message);
    }
  }

  /** The number of the page at an address, if the images have it. */
  static Optional<Integer> page(long task, long address) {
    long page = (address - TestImages.BASE) / TestImages.PAGE;
    return task == TestImages.TASK && page >= 0 && page < PAGES
        ? Optional.of((int) page)
        : Optional.empty();
  }

  /** Fails unless these bytes are that page's. */
  static void requirePage(long task, long address, byte[] told, int at) {
    int content =
        page(task, address)
            .orElseThrow(() -> new AssertionError("no such page: " + Long.toHexString(address)));
    for (int i = 0; i < TestImages.PAGE; i++) {
      if (told[at + i] != (byte) content) {
        throw new AssertionError("a wrong byte in page " + Long.toHexString(address));
      }
    }
  }
}
