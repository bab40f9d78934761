package io.criulazy.daemon.server;

import io.criulazy.daemon.unix.UnixSocket;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on one TCP address or unix socket and serves any number of connections, each in the
 * protocol that its client speaks. Safe for any number of threads.
 *
 * <p>Event loops own the connections; what waits for the disk on purpose (receiving dumps) has
 * threads of its own.
 */
public final class PageServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PageServer.class);

  /** Nothing more is computed for a client while so much waits for the network. */
  private static final WriteBufferWaterMark UNSENT_BYTES =
      new WriteBufferWaterMark(128 << 10, 512 << 10);

  private static final int BACKLOG = 1024;
  private static final int BLOCKING_THREADS = 4;
  private static final long SHUTDOWN_SECONDS = 5;

  /** Without it a loop may end before its handlers have heard that their connections are cut. */
  private static final long QUIET_MS = 50;

  private final PageServerOptions options;
  private final EventLoopGroup loops;
  private final ExecutorService blocking =
      Executors.newFixedThreadPool(
          BLOCKING_THREADS, new DefaultThreadFactory("page-server-disk", true));
  private final ServerMeters meters;

  /** That of the options, set once, and a short circuit. */
  private final List<Channel> listeners = new ArrayList<>();

  private Channel listener;

  private PageServer(PageServerOptions options, EventLoopGroup loops) {
    this.options = options;
    this.loops = loops;
    this.meters = new ServerMeters(options.meters());
  }

  /**
   * Begins to listen.
   *
   * @throws IOException if the address can't be had, or the TLS files are not what they have to be
   */
  public static PageServer start(PageServerOptions options) throws IOException {
    TlsContext tls = options.tls().isPresent() ? TlsContext.of(options.tls().get()) : null;
    boolean unix = options.address() instanceof DomainSocketAddress;
    IoHandlerFactory io =
        unix
            ? UnixSocket.io()
            : Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            Runtime.getRuntime().availableProcessors(),
            new DefaultThreadFactory("page-server", true),
            io);
    PageServer server = new PageServer(options, loops);
    try {
      if (unix) {
        server.listenLocally();
      } else {
        server.listen(tls);
      }
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
    LOG.info("listening on {}", server.address());
    return server;
  }

  private void listenLocally() throws IOException {
    Path path = Path.of(((DomainSocketAddress) options.address()).path());
    UnixSocket unix = new UnixSocket(path, options.peers());
    unix.prepare();
    bind(new Connections(options.protocols(), null, unix::refusal, null));
    unix.protect();
  }

  private void listen(TlsContext tls) throws IOException {
    ShortCircuit way = options.shortCircuit() ? shortCircuit() : null;
    bind(new Connections(options.protocols(), tls, null, way));
  }

  /** Listens for clients of this host; null if that can't be. */
  private ShortCircuit shortCircuit() throws IOException {
    List<PageProtocol> ours =
        options.protocols().stream().filter(WireProtocol.class::isInstance).toList();
    if (ours.isEmpty() || !Epoll.isAvailable()) {
      return null;
    }
    ShortCircuit way = new ShortCircuit(options.peers());
    ChannelFuture bound = bind(way.address(), new Connections(ours, null, way::refusal, way));
    if (bound.isSuccess()) {
      listeners.add(bound.channel());
      return way;
    }
    LOG.info("clients of this host get no files: {}", bound.cause().getMessage());
    return null;
  }

  private void bind(Connections connections) throws IOException {
    ChannelFuture bound = bind(options.address(), connections);
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen on %s: %s; choose another --address or --port"
              .formatted(options.address(), bound.cause().getMessage()),
          bound.cause());
    }
    listener = bound.channel();
    listeners.add(listener);
    meters.listening(listener.localAddress());
  }

  private ChannelFuture bind(SocketAddress address, Connections connections) {
    return bootstrap(address)
        .group(loops)
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNSENT_BYTES)
        .childHandler(connections)
        .bind(address)
        .awaitUninterruptibly();
  }

  private static ServerBootstrap bootstrap(SocketAddress address) {
    if (address instanceof DomainSocketAddress) {
      return new ServerBootstrap().channel(UnixSocket.TYPE);
    }
    Class<? extends ServerChannel> type =
        Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    return new ServerBootstrap()
        .channel(type)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.SO_KEEPALIVE, true);
  }

  /** Where it listens, with the port that the kernel chose. */
  public SocketAddress address() {
    return listener.localAddress();
  }

  /** Stops listening, cuts all connections and returns when no handler runs any more. */
  @Override
  public void close() {
    listeners.forEach(open -> open.close().awaitUninterruptibly());
    meters.close();
    stop();
  }

  private void stop() {
    loops
        .shutdownGracefully(
            QUIET_MS, TimeUnit.SECONDS.toMillis(SHUTDOWN_SECONDS), TimeUnit.MILLISECONDS)
        .awaitUninterruptibly();
    blocking.shutdown();
    try {
      if (!blocking.awaitTermination(SHUTDOWN_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("the disk is slow: work on received dumps goes on");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Why a connection is refused, if it is. */
  private interface Admission {
    Optional<String> refusal(Channel accepted) throws IOException;
  }

  /** Builds the pipeline of each connection. */
  private final class Connections extends ChannelInitializer<Channel> {
    private final List<PageProtocol> protocols;
    private final TlsContext tls;
    private final Admission admission;
    private final ShortCircuit way;
    private final ConnectionGate gate = new ConnectionGate(meters, options.maxConnections());

    /**
     * @param tls null: none
     * @param admission to a unix socket; null: TCP
     * @param way round the network; null: there is none
     */
    Connections(
        List<PageProtocol> protocols, TlsContext tls, Admission admission, ShortCircuit way) {
      this.protocols = protocols;
      this.tls = tls;
      this.admission = admission;
      this.way = way;
    }

    @Override
    protected void initChannel(Channel channel) throws IOException {
      ChannelPipeline pipeline = channel.pipeline().addLast(gate);
      Optional<String> refusal = admission == null ? Optional.empty() : admission.refusal(channel);
      if (refusal.isPresent()) {
        LOG.warn("{}: refused: {}", channel.localAddress(), refusal.get());
        channel.close();
        return;
      }
      if (way != null) {
        way.accept(channel);
      }
      if (tls != null) {
        SslHandler handler = tls.newHandler(channel.alloc());
        pipeline.addLast(handler);
        handler.sslCloseFuture().addListener(goodbye -> channel.close());
      }
      pipeline.addLast(
          new ProtocolDetector(protocols, blocking, new Deadline(options.stallLimit())));
    }
  }
}
