package io.criulazy.client.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.criulazy.client.testing.Budget;
import io.criulazy.daemon.server.CriuProtocol;
import io.criulazy.daemon.server.OneImageSet;
import io.criulazy.daemon.server.PageServer;
import io.criulazy.daemon.server.PageServerOptions;
import io.criulazy.daemon.server.ServedImages;
import io.criulazy.daemon.server.WireProtocol;
import io.criulazy.daemon.store.ImageIdentity;
import io.criulazy.proto.wire.Capability;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Frames;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.ShortCircuitOffer;
import io.criulazy.proto.wire.ShortCircuitSocket;
import io.criulazy.proto.wire.Welcome;
import io.criulazy.proto.wire.WireException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Whoever tells of a way round the network that is none, or has another at its end: pages come over
 * TCP, and are right.
 */
class ShortCircuitTest extends PageSourceContract {
  private static final ByteString NOBODYS = ByteString.copyFrom(new byte[16]);

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final SourceStatistics statistics = new SourceStatistics();
  private RogueWireServer liar;
  private RemotePages pages;

  @Override
  PageSource open() throws IOException {
    liar = new RogueWireServer(images);
    return open(offer(NOBODYS, NOBODYS, NOBODYS));
  }

  private PageSource open(ShortCircuitOffer offer) throws IOException {
    if (pages != null) {
      pages.close();
    }
    liar.offer(offer);
    return open(liar.address(), true);
  }

  private PageSource open(ServerAddress server, boolean shortCircuit) throws IOException {
    RemoteOptions options =
        new RemoteOptions(
            List.of(server),
            Optional.empty(),
            "",
            ImageIdentity.of(images),
            false,
            shortCircuit,
            Duration.ZERO,
            scratch);
    pages = RemotePages.connect(options, statistics, RemotePages.BRIEFLY);
    pages.onArrival(urgency -> arrivals.incrementAndGet());
    return pages.source(TASK, images.index(TASK));
  }

  private static ShortCircuitOffer offer(
      ByteString instance, ByteString ticket, ByteString answer) {
    return ShortCircuitOffer.newBuilder()
        .setInstance(instance)
        .setTicket(ticket)
        .setAnswer(answer)
        .build();
  }

  private PageServer server(boolean shortCircuit) throws IOException {
    ServedImages served = ServedImages.of(images);
    Duration limit = Duration.ofSeconds(5);
    return PageServer.start(
        PageServerOptions.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                List.of(
                    new WireProtocol(new OneImageSet(served), false, limit, meters),
                    CriuProtocol.serving(served, limit, complete -> {}, meters)),
                meters)
            .withShortCircuit(shortCircuit));
  }

  private static ServerAddress address(PageServer server) {
    return ServerAddress.tcp("127.0.0.1", ((InetSocketAddress) server.address()).getPort());
  }

  @Test
  void aSocketOfNobody() throws IOException {
    mustFetchAll();
  }

  @Test
  void aSocketThatCanBeNone() throws IOException {
    source = open(offer(ByteString.copyFromUtf8("../../run/other.sock"), NOBODYS, NOBODYS));
    mustFetchAll();
    source = open(offer(ByteString.EMPTY, ByteString.EMPTY, ByteString.EMPTY));
    mustFetchAll();
  }

  @Test
  void theSocketOfAnotherServer() throws IOException {
    try (PageServer other = server(true);
        Visit visit = new Visit(address(other))) {
      ShortCircuitOffer its = visit.offer();
      source = open(offer(its.getInstance(), NOBODYS, its.getAnswer()));
      mustFetchAll();
    }
  }

  /** The ticket is good, but the other server is not who was asked. */
  @Test
  void theSocketOfAnotherServerWithItsTicket() throws IOException {
    try (PageServer other = server(true);
        Visit visit = new Visit(address(other))) {
      ShortCircuitOffer its = visit.offer();
      source = open(offer(its.getInstance(), its.getTicket(), NOBODYS));
      mustFetchAll();
    }
  }

  @Test
  void aSocketOfWhoDoesNotKnowTheAnswer() throws Exception {
    ByteString instance = ByteString.copyFrom(new byte[15]).concat(ByteString.copyFromUtf8("x"));
    try (Squatter squatter = new Squatter(instance, true)) {
      source = open(offer(instance, NOBODYS, instance));
      mustFetchAll();
      assertThat(squatter.visits).isPositive();
    }
  }

  @Test
  void aSocketOfWhoSaysNothing() throws Exception {
    ByteString instance = ByteString.copyFrom(new byte[15]).concat(ByteString.copyFromUtf8("y"));
    try (Squatter squatter = new Squatter(instance, false)) {
      source = open(offer(instance, NOBODYS, instance));
      mustFetchAll();
      assertThat(squatter.visits).isPositive();
    }
  }

  private void mustFetchAll() throws IOException {
    assertThat(source).isInstanceOf(StagedSource.class);
    assertThat(statistics.way()).isEqualTo(SourceWay.CONNECTION);
    eachLazyPageIsThatOfTheImageWhoeverAsksForIt();
  }

  @Test
  void eitherSideMayForbidIt() throws IOException {
    try (PageServer silent = server(false);
        PageServer telling = server(true)) {
      pages.close();
      assertThat(open(address(silent), true)).isInstanceOf(StagedSource.class);
      pages.close();
      assertThat(open(address(telling), false)).isInstanceOf(StagedSource.class);
      pages.close();
      assertThat(open(address(telling), true)).isInstanceOf(ImageSource.class);
      assertThat(statistics.way()).isEqualTo(SourceWay.SHORT_CIRCUIT);
      assertThat(statistics.restores(SourceWay.SHORT_CIRCUIT)).isOne();
    }
  }

  @Test
  void aTicketIsGoodOnceAndAsLongAsItsConnection() throws IOException {
    try (PageServer server = server(true)) {
      ShortCircuitOffer kept;
      try (Visit visit = new Visit(address(server))) {
        kept = visit.offer();
        show(kept, kept.getTicket());
        assertThatThrownBy(() -> show(kept, kept.getTicket())).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> show(kept, NOBODYS)).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> show(kept, ByteString.EMPTY)).isInstanceOf(WireException.class);
      }
      ShortCircuitOffer late;
      try (Visit visit = new Visit(address(server))) {
        late = visit.offer();
      }
      Budget.ofSeconds(5).await("it is good no more", () -> isRefused(late), () -> "");
    }
  }

  private boolean isRefused(ShortCircuitOffer offer) {
    try {
      show(offer, NOBODYS);
      return false;
    } catch (IOException e) {
      return e instanceof WireException;
    }
  }

  private void show(ShortCircuitOffer offer, ByteString ticket) throws IOException {
    try (ServerStream stream =
            ServerStream.openAbstract(ShortCircuitSocket.nameBytes(offer.getInstance()));
        FrameReader reader = new FrameReader()) {
      stream.limitWait(5_000);
      stream.write(ByteBuffer.wrap(Preamble.client()));
      FrameReader.preamble(stream, new byte[0]);
      WireGreeting greeting = WireGreeting.of("", ImageIdentity.of(images), false, true);
      WireGreeting.Answer answer = greeting.showing(ticket).exchange(stream, reader);
      assertThat(answer.welcome().getAnswer()).isEqualTo(offer.getAnswer());
      assertThat(answer.has(Capability.GRANT)).isTrue();
      assertThat(answer.has(Capability.SHORT_CIRCUIT)).isFalse();
    }
  }

  /** A connection over TCP that asks for the way. */
  private final class Visit implements AutoCloseable {
    private final ServerStream stream;
    private final WireGreeting.Answer answer;

    Visit(ServerAddress server) throws IOException {
      stream = ServerStream.open(server, Optional.empty());
      try (FrameReader reader = new FrameReader()) {
        assertThat(ServerDetection.detect(stream)).isEmpty();
        answer =
            WireGreeting.of("", ImageIdentity.of(images), false, true).exchange(stream, reader);
      }
    }

    ShortCircuitOffer offer() {
      assertThat(answer.has(Capability.SHORT_CIRCUIT)).isTrue();
      return answer.welcome().getShortCircuit();
    }

    @Override
    public void close() {
      stream.close();
    }
  }

  /** Listens where somebody else might. */
  private static final class Squatter implements AutoCloseable {
    private final EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private volatile int visits;

    Squatter(ByteString instance, boolean speaks) throws IOException {
      new ServerBootstrap()
          .group(loop)
          .channel(EpollServerDomainSocketChannel.class)
          .childHandler(
              new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                  visits++;
                  if (speaks) {
                    channel.pipeline().addLast(new Speaker());
                  }
                }
              })
          .bind(new DomainSocketAddress("\0" + ShortCircuitSocket.name(instance)))
          .syncUninterruptibly();
    }

    @Override
    public void close() {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  /** Takes whatever comes for a good ticket. */
  private static final class Speaker extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      Welcome welcome =
          Welcome.newBuilder().setVersion(1).addCapabilities(Capability.GRANT).build();
      ctx.write(Unpooled.wrappedBuffer(Preamble.server()));
      ctx.writeAndFlush(Unpooled.wrappedBuffer(Frames.of(FrameType.WELCOME, welcome)));
    }
  }

  @Override
  void closeAll() throws IOException {
    pages.close();
    liar.close();
  }
}
