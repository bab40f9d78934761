package io.criulazy.client.source;

import com.google.protobuf.ByteString;
import io.criulazy.proto.wire.Capability;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Frames;
import io.criulazy.proto.wire.Hello;
import io.criulazy.proto.wire.Open;
import io.criulazy.proto.wire.Opened;
import io.criulazy.proto.wire.Welcome;
import io.criulazy.proto.wire.WireException;
import io.criulazy.proto.wire.Zstd;
import java.io.IOException;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * How each of our connections begins: versions, capabilities, and which images.
 *
 * @param imageSet its name; empty: the only one that the server has
 * @param identity of the images here: the server's have to be the same
 * @param capabilities what we would use
 * @param ticket shown to the server, or empty
 */
record WireGreeting(String imageSet, long identity, Set<String> capabilities, ByteString ticket) {
  WireGreeting {
    Objects.requireNonNull(imageSet);
    capabilities = Set.copyOf(capabilities);
    Objects.requireNonNull(ticket);
  }

  /** What the server has answered. */
  record Answer(Welcome welcome, Opened opened) {
    boolean has(String capability) {
      return welcome.getCapabilitiesList().contains(capability);
    }
  }

  /**
   * That of the first connection to a server.
   *
   * @param compressed whether payloads may come compressed
   * @param shortCircuit whether we would go round the network
   */
  static WireGreeting of(String imageSet, long identity, boolean compressed, boolean shortCircuit) {
    Set<String> capabilities = new HashSet<>(Set.of(Capability.GRANT));
    if (compressed && Zstd.isAvailable()) {
      capabilities.add(Capability.ZSTD);
    }
    if (shortCircuit) {
      capabilities.add(Capability.SHORT_CIRCUIT);
    }
    return new WireGreeting(imageSet, identity, capabilities, ByteString.EMPTY);
  }

  boolean isCompressed() {
    return capabilities.contains(Capability.ZSTD);
  }

  /** The same for a connection that pages are fetched over. */
  WireGreeting fetching() {
    Set<String> fewer = new HashSet<>(capabilities);
    fewer.remove(Capability.SHORT_CIRCUIT);
    return new WireGreeting(imageSet, identity, fewer, ticket);
  }

  /** The same for a connection whose answers somebody waits for. */
  WireGreeting plain() {
    return showing(ByteString.EMPTY);
  }

  /** The same for a connection over which nothing but files comes. */
  WireGreeting showing(ByteString newTicket) {
    return new WireGreeting(imageSet, identity, Set.of(Capability.GRANT), newTicket);
  }

  /**
   * Goes through it; preambles have been exchanged.
   *
   * @throws IOException if the server can't serve these images, or what encrypts is too old
   */
  Answer exchange(ServerStream stream, FrameReader reader) throws IOException {
    stream.requireCurrentTls();
    Hello hello =
        Hello.newBuilder()
            .setMinVersion(Capability.VERSION)
            .setMaxVersion(Capability.VERSION)
            .addAllCapabilities(capabilities)
            .setAgent("criu-lazy")
            .setTicket(ticket)
            .build();
    stream.write(Frames.of(FrameType.HELLO, hello));
    stream.write(Frames.of(FrameType.OPEN, Open.newBuilder().setImageSet(imageSet).build()));
    Welcome welcome = reader.expect(stream, FrameType.WELCOME, Welcome.parser());
    Opened opened = reader.expect(stream, FrameType.OPENED, Opened.parser());
    if (opened.getIdentity() != identity) {
      throw new WireException(
          FailureCode.NO_SUCH_IMAGES,
          "the server has other images than those that are restored here (%x, here %x)"
              .formatted(opened.getIdentity(), identity));
    }
    return new Answer(welcome, opened);
  }
}
