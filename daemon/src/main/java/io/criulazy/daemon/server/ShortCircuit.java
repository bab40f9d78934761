package io.criulazy.daemon.server;

import com.google.protobuf.ByteString;
import io.criulazy.daemon.unix.PeerGate;
import io.criulazy.daemon.unix.PeerList;
import io.criulazy.proto.wire.Capability;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.Hello;
import io.criulazy.proto.wire.ShortCircuitOffer;
import io.criulazy.proto.wire.ShortCircuitSocket;
import io.criulazy.proto.wire.Welcome;
import io.criulazy.proto.wire.WireException;
import io.netty.channel.Channel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketChannel;
import io.netty.util.AttributeKey;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The way round the network for clients of this host: an abstract unix socket beside the TCP one,
 * for those that show a ticket. Tickets are given to clients over TCP, so nobody gets files there
 * who could not have had the pages anyway; each is good once and as long as that connection. The
 * socket needs no directory and goes with the process. Safe for any number of threads.
 */
final class ShortCircuit {
  private static final AttributeKey<ShortCircuit> KEY =
      AttributeKey.valueOf(ShortCircuit.class, "way");

  private final SecureRandom random = new SecureRandom();
  private final ByteString instance = secret();
  private final PeerGate gate;

  /** By ticket: what the server shows who shows it. At most one a connection over TCP. */
  private final Map<ByteString, ByteString> answers = new ConcurrentHashMap<>();

  /**
   * @param peers who may use it besides root and this process's own user
   */
  ShortCircuit(PeerList peers) throws IOException {
    this.gate = new PeerGate(peers);
  }

  private ByteString secret() {
    byte[] bytes = new byte[ShortCircuitSocket.SECRET_BYTES];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }

  DomainSocketAddress address() throws IOException {
    return new DomainSocketAddress("\0" + ShortCircuitSocket.name(instance));
  }

  /** A connection of this server's, over TCP or by this socket. */
  void accept(Channel accepted) {
    accepted.attr(KEY).set(this);
  }

  /** As {@link PeerGate#refusal}. */
  Optional<String> refusal(Channel accepted) throws IOException {
    return gate.refusal(accepted);
  }

  /**
   * Tells a client over TCP the way, if there is one and it wants to know; lets one in that has
   * come by it.
   *
   * @throws WireException if that one may not
   */
  static void greet(Channel channel, Hello hello, Welcome.Builder welcome) throws WireException {
    ShortCircuit way = channel.attr(KEY).get();
    if (way == null) {
      return;
    }
    if (channel instanceof DomainSocketChannel) {
      ByteString answer = way.answers.remove(hello.getTicket());
      if (answer == null) {
        throw new WireException(
            FailureCode.NOT_GRANTED, "this socket is for clients that were sent here over TCP");
      }
      welcome.setAnswer(answer);
    } else if (hello.getCapabilitiesList().contains(Capability.SHORT_CIRCUIT)) {
      welcome.addCapabilities(Capability.SHORT_CIRCUIT).setShortCircuit(way.offer(channel));
    }
  }

  private ShortCircuitOffer offer(Channel channel) {
    ByteString ticket = secret();
    ByteString answer = secret();
    answers.put(ticket, answer);
    channel.closeFuture().addListener(closed -> answers.remove(ticket));
    return ShortCircuitOffer.newBuilder()
        .setInstance(instance)
        .setTicket(ticket)
        .setAnswer(answer)
        .build();
  }
}
