package io.criulazy.client.source;

import com.google.protobuf.ByteString;
import io.criulazy.client.sys.UnixConnection.PeerCredentials;
import io.criulazy.proto.wire.Capability;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.ShortCircuitOffer;
import io.criulazy.proto.wire.ShortCircuitSocket;
import io.criulazy.proto.wire.Task;
import io.criulazy.proto.wire.WireException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets the pages files themselves from a server that was reached over TCP and turns out to be on
 * this host. It is the same server if it knows what was agreed upon over TCP, and is believed only
 * if root or our own user runs it. If anything of that fails, pages come over TCP.
 */
final class ShortCircuit {
  private static final Logger LOG = LoggerFactory.getLogger(ShortCircuit.class);

  private ShortCircuit() {}

  /**
   * Tries it.
   *
   * @param there the server, for the log
   * @param greeting that it was greeted with over TCP
   * @param answer that came
   * @return the files; empty: pages are to be fetched
   */
  static Optional<PageSupply> take(
      ServerAddress there, WireGreeting greeting, WireGreeting.Answer answer) {
    if (!answer.has(Capability.SHORT_CIRCUIT)) {
      return Optional.empty();
    }
    ServerStream stream;
    try {
      ByteString instance = answer.welcome().getShortCircuit().getInstance();
      stream = ServerStream.openAbstract(ShortCircuitSocket.nameBytes(instance));
    } catch (IOException e) {
      LOG.debug("{} is not on this host: {}", there, e.getMessage());
      return Optional.empty();
    }
    try {
      PageSupply files = files(stream, greeting, answer);
      LOG.info("{} is on this host: its files are mapped, no page comes over the network", there);
      return Optional.of(files);
    } catch (IOException | RuntimeException e) {
      stream.close();
      LOG.info("{} gives no files, its pages come over TCP: {}", there, e.getMessage());
      return Optional.empty();
    }
  }

  private static PageSupply files(
      ServerStream stream, WireGreeting greeting, WireGreeting.Answer answer) throws IOException {
    requireTrusted(stream.plain().orElseThrow().descriptors().peer());
    stream.limitWait(ServerStream.SHORT_WAIT_MS);
    stream.write(ByteBuffer.wrap(Preamble.client()));
    FrameReader.preamble(stream, new byte[0]);
    ShortCircuitOffer offer = answer.welcome().getShortCircuit();
    WireGreeting.Answer here;
    try (FrameReader reader = new FrameReader()) {
      here = greeting.showing(offer.getTicket()).exchange(stream, reader);
    }
    ShortCircuitSocket.requireSecret(offer.getAnswer());
    if (!offer.getAnswer().equals(here.welcome().getAnswer()) || !here.has(Capability.GRANT)) {
      throw new WireException(FailureCode.NOT_GRANTED, "it is another server");
    }
    GrantedSupply files = GrantedSupply.over(stream);
    try {
      for (Task task : here.opened().getTasksList()) {
        files.learn(task.getPid());
      }
      return files;
    } catch (IOException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  private static void requireTrusted(PeerCredentials peer) throws IOException {
    if (!peer.isRootOrOurs()) {
      throw new IOException(
          "it runs as uid %d, which is neither root nor ours".formatted(peer.uid()));
    }
  }
}
