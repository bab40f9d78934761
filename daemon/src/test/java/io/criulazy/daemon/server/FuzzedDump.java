package io.criulazy.daemon.server;

import io.criulazy.daemon.receive.DumpDirectory;
import io.criulazy.proto.pageserver.HeaderLayout;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Any bytes as what a dumping criu says: there are images when it was told so, and nothing else is
 * left.
 */
final class FuzzedDump {
  private FuzzedDump() {}

  static void check(byte[] bytes) throws IOException {
    Path directory = Files.createTempDirectory(scratch(), "criu-lazy-fuzz");
    try {
      HeaderLayout layout = bytes.length % 2 == 0 ? HeaderLayout.NARROW : HeaderLayout.WIDE;
      boolean kept = receive(directory, layout, bytes);
      List<Path> left = files(directory);
      if (!kept && !left.isEmpty()) {
        throw new AssertionError("left of a dump that was not kept: " + left);
      }
      for (Path file : left) {
        if (file.getFileName().toString().startsWith(".")) {
          throw new AssertionError("left of a dump that was kept: " + file);
        }
      }
    } finally {
      for (Path file : files(directory)) {
        Files.delete(file);
      }
      Files.delete(directory);
    }
  }

  /** Where syncing costs nothing, if there is such a place. */
  private static Path scratch() {
    Path memory = Path.of("/dev/shm");
    return Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
  }

  private static boolean receive(Path directory, HeaderLayout layout, byte[] bytes)
      throws IOException {
    CriuRequests requests =
        new CriuRequests(layout, ServerMeters.requests(new SimpleMeterRegistry(), "criu"));
    ByteBuf answers = Unpooled.buffer();
    try (DumpConversation conversation =
        new DumpConversation(requests, DumpDirectory.open(directory, Optional.empty()))) {
      int half = bytes.length / 2;
      take(conversation, Unpooled.copiedBuffer(bytes, 0, half), answers);
      take(conversation, Unpooled.copiedBuffer(bytes, half, bytes.length - half), answers);
      return conversation.state() == DumpConversation.State.COMMITTED;
    } catch (IOException refused) {
      if (refused.getMessage() == null || refused.getMessage().isBlank()) {
        throw new AssertionError("refused without a reason", refused);
      }
      return false;
    }
  }

  private static void take(DumpConversation conversation, ByteBuf bytes, ByteBuf answers)
      throws IOException {
    conversation.take(UnpooledByteBufAllocator.DEFAULT, bytes, answers);
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.toList();
    }
  }
}
