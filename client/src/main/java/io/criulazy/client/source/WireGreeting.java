package io.criulazy.client.source;

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
import java.util.Objects;

/**
 * How each of our connections begins: versions, capabilities, and which images.
 *
 * @param imageSet its name; empty: the only one that the server has
 * @param identity of the images here: the server's have to be the same
 * @param compressed whether payloads may come compressed
 */
record WireGreeting(String imageSet, long identity, boolean compressed) {
  WireGreeting {
    Objects.requireNonNull(imageSet);
  }

  /** The same for a connection whose answers somebody waits for. */
  WireGreeting plain() {
    return new WireGreeting(imageSet, identity, false);
  }

  /**
   * Goes through it; preambles have been exchanged.
   *
   * @return whether the server can hand its files over
   * @throws IOException if the server can't serve these images, or what encrypts is too old
   */
  boolean exchange(ServerStream stream, FrameReader reader) throws IOException {
    stream.requireCurrentTls();
    Hello.Builder hello =
        Hello.newBuilder()
            .setMinVersion(Capability.VERSION)
            .setMaxVersion(Capability.VERSION)
            .addCapabilities(Capability.GRANT)
            .setAgent("criu-lazy");
    if (compressed && Zstd.isAvailable()) {
      hello.addCapabilities(Capability.ZSTD);
    }
    stream.write(Frames.of(FrameType.HELLO, hello.build()));
    stream.write(Frames.of(FrameType.OPEN, Open.newBuilder().setImageSet(imageSet).build()));
    Welcome welcome = reader.expect(stream, FrameType.WELCOME, Welcome.parser());
    Opened opened = reader.expect(stream, FrameType.OPENED, Opened.parser());
    if (opened.getIdentity() != identity) {
      throw new WireException(
          FailureCode.NO_SUCH_IMAGES,
          "the server has other images than those that are restored here (%x, here %x)"
              .formatted(opened.getIdentity(), identity));
    }
    return welcome.getCapabilitiesList().contains(Capability.GRANT);
  }
}
