package io.criulazy.client.source;

import io.criulazy.proto.pageserver.HeaderLayout;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.WireException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Finds out who is at the other end of a new connection, by the {@link Preamble}: our server
 * answers with its own; criu with an i32, and if its headers are the wide ones, only when it has
 * got the rest of what it takes for a header. The connection is good for use afterwards.
 */
final class ServerDetection {
  /** criu holds its answer back for 200 ms; then it comes with the network's delay. */
  private static final long NARROW_MS = 1_500;

  private static final long PATIENCE_MS = 10_000;

  private ServerDetection() {}

  /**
   * Sends the preamble and reads the answer.
   *
   * @return criu's header layout; empty: it is a server of ours
   * @throws IOException if it is neither, or says nothing
   */
  static Optional<HeaderLayout> detect(ServerStream stream) throws IOException {
    stream.write(ByteBuffer.wrap(Preamble.client()));
    CompletableFuture<Void> answered = new CompletableFuture<>();
    CompletableFuture<Boolean> wide = widened(stream, answered);
    byte[] first = new byte[Integer.BYTES];
    try {
      stream.read(ByteBuffer.wrap(first));
    } finally {
      answered.complete(null);
    }
    boolean isWide = wide.join();
    if (Preamble.isServers(ByteBuffer.wrap(first))) {
      FrameReader.preamble(stream, first);
      return Optional.empty();
    }
    int answer = ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getInt();
    if (answer != 0 && answer != 1) {
      throw new WireException(FailureCode.MALFORMED, "what answers there is no page server");
    }
    return Optional.of(isWide ? HeaderLayout.WIDE : HeaderLayout.NARROW);
  }

  /** Sends the rest of a wide header if there is no answer without it; whether that was done. */
  private static CompletableFuture<Boolean> widened(
      ServerStream stream, CompletableFuture<Void> answered) {
    return CompletableFuture.supplyAsync(
        () -> {
          if (await(answered, NARROW_MS)) {
            return false;
          }
          try {
            ByteBuffer rest = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            stream.write(rest.putLong(0, 1));
          } catch (IOException e) {
            stream.close();
          }
          if (!await(answered, PATIENCE_MS)) {
            stream.close();
          }
          return true;
        });
  }

  private static boolean await(CompletableFuture<Void> answered, long limitMs) {
    try {
      answered.get(limitMs, TimeUnit.MILLISECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    } catch (Exception e) {
      return false;
    }
  }
}
