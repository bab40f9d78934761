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

  private final EventLoopGroup loops;
  private final ExecutorService blocking;
  private final Channel listener;
  private final ServerMeters meters;

  private PageServer(
      EventLoopGroup loops, ExecutorService blocking, Channel listener, ServerMeters meters) {
    this.loops = loops;
    this.blocking = blocking;
    this.listener = listener;
    this.meters = meters;
  }

  /**
   * Begins to listen.
   *
   * @throws IOException if the address can't be had, or the TLS files are not what they have to be
   */
  public static PageServer start(PageServerOptions options) throws IOException {
    TlsContext tls = options.tls().isPresent() ? TlsContext.of(options.tls().get()) : null;
    boolean epoll = Epoll.isAvailable();
    UnixSocket unix = null;
    if (options.address() instanceof DomainSocketAddress address) {
      unix = new UnixSocket(Path.of(address.path()), options.peers());
      unix.prepare();
    }
    ServerMeters meters = new ServerMeters(options.meters());

    IoHandlerFactory io =
        unix != null
            ? UnixSocket.io()
            : epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            Runtime.getRuntime().availableProcessors(),
            new DefaultThreadFactory("page-server", true),
            io);
    ExecutorService blocking =
        Executors.newFixedThreadPool(
            BLOCKING_THREADS, new DefaultThreadFactory("page-server-disk", true));
    ChannelFuture bound =
        bootstrap(options.address(), epoll)
            .group(loops)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNSENT_BYTES)
            .childHandler(new Connections(options, tls, blocking, unix, meters))
            .bind(options.address())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      stop(loops, blocking);
      throw new IOException(
          "cannot listen on %s: %s; choose another --address or --port"
              .formatted(options.address(), bound.cause().getMessage()),
          bound.cause());
    }
    meters.listening(bound.channel().localAddress());
    PageServer server = new PageServer(loops, blocking, bound.channel(), meters);
    if (unix != null) {
      server.protect(unix);
    }
    LOG.info("listening on {}", server.address());
    return server;
  }

  private static UnixSocket unixSocket(PageServerOptions options) throws IOException {
    if (options.address() instanceof DomainSocketAddress address) {
      UnixSocket socket = new UnixSocket(Path.of(address.path()), options.peers());
      socket.prepare();
      return socket;
    }
    return null;
  }

  private void protect(UnixSocket unix) throws IOException {
    try {
      unix.protect();
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private static ServerBootstrap bootstrap(SocketAddress address, boolean epoll) {
    if (address instanceof DomainSocketAddress) {
      return new ServerBootstrap().channel(UnixSocket.TYPE);
    }
    Class<? extends ServerChannel> type =
        epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
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
    listener.close().awaitUninterruptibly();
    meters.close();
    stop(loops, blocking);
  }

  private static void stop(EventLoopGroup loops, ExecutorService blocking) {
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

  /** Builds the pipeline of each connection. */
  private static final class Connections extends ChannelInitializer<Channel> {
    private final PageServerOptions options;
    private final TlsContext tls;
    private final ExecutorService blocking;

    /** Null: TCP. */
    private final UnixSocket unix;

    private final ConnectionGate gate;

    Connections(
        PageServerOptions options,
        TlsContext tls,
        ExecutorService blocking,
        UnixSocket unix,
        ServerMeters meters) {
      this.unix = unix;
      this.options = options;
      this.tls = tls;
      this.blocking = blocking;
      this.gate = new ConnectionGate(meters, options.maxConnections());
    }

    @Override
    protected void initChannel(Channel channel) throws IOException {
      ChannelPipeline pipeline = channel.pipeline().addLast(gate);
      Optional<String> refusal = unix == null ? Optional.empty() : unix.refusal(channel);
      if (refusal.isPresent()) {
        LOG.warn("{}: refused: {}", channel.localAddress(), refusal.get());
        channel.close();
        return;
      }
      if (tls != null) {
        SslHandler handler = tls.newHandler(channel.alloc());
        pipeline.addLast(handler);
        handler.sslCloseFuture().addListener(goodbye -> channel.close());
      }
      pipeline.addLast(
          new ProtocolDetector(options.protocols(), blocking, new Deadline(options.stallLimit())));
    }
  }
}
