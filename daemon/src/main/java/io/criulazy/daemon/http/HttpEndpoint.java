package io.criulazy.daemon.http;

import io.criulazy.daemon.unix.UnixSocket;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Listens, and has requests answered by an {@link HttpService}, those of one connection one after
 * the other. Requests, their number and the time to send one are bounded.
 */
public final class HttpEndpoint implements AutoCloseable {
  /** A request's body has to be shorter. */
  public static final int MAX_BODY_BYTES = 64 * 1024;

  private static final int MAX_CONNECTIONS = 256;
  private static final int WORKERS = 4;
  private static final int MAX_WAITING_REQUESTS = 64;
  private static final int WORKER_IDLE_SECONDS = 30;

  private final EventLoopGroup loop;
  private final ExecutorService workers;
  private final AtomicInteger connections = new AtomicInteger();
  private final HttpService service;
  private Channel channel;

  private HttpEndpoint(String name, HttpService service, IoHandlerFactory io) {
    this.service = service;
    loop = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(name, true), io);
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            WORKERS,
            WORKERS,
            WORKER_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING_REQUESTS),
            new DefaultThreadFactory(name + "-worker", true));
    pool.allowCoreThreadTimeOut(true);
    workers = pool;
  }

  /**
   * Listens on a TCP address.
   *
   * @param name of its threads
   * @param address port 0 takes a free one
   * @throws IOException if the address can't be had
   */
  public static HttpEndpoint tcp(String name, InetSocketAddress address, HttpService service)
      throws IOException {
    HttpEndpoint endpoint = new HttpEndpoint(name, service, NioIoHandler.newFactory());
    endpoint.bind(NioServerSocketChannel.class, address, Admission.EVERYBODY);
    return endpoint;
  }

  /**
   * Listens on a unix socket.
   *
   * @param name of its threads
   * @param socket who may connect, and where
   * @throws IOException if there can't be such a socket, or somebody listens on it
   */
  public static HttpEndpoint unix(String name, UnixSocket socket, HttpService service)
      throws IOException {
    socket.prepare();
    HttpEndpoint endpoint = new HttpEndpoint(name, service, UnixSocket.io());
    endpoint.bind(UnixSocket.TYPE, socket.address(), socket::refusal);
    socket.protect();
    return endpoint;
  }

  private void bind(Class<? extends ServerChannel> type, SocketAddress address, Admission admission)
      throws IOException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channel(type)
            .childHandler(new Connections(admission))
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      stop();
      throw new IOException(
          "cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
    }
    channel = bound.channel();
  }

  /** Where it listens, with the port that the kernel chose. */
  public SocketAddress address() {
    return channel.localAddress();
  }

  /** Stops listening and cuts all connections. */
  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
    stop();
  }

  private void stop() {
    workers.shutdown();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /** Builds the pipeline of each connection. */
  private final class Connections extends ChannelInitializer<Channel> {
    private final Admission admission;

    Connections(Admission admission) {
      this.admission = admission;
    }

    @Override
    protected void initChannel(Channel accepted) throws IOException {
      if (connections.incrementAndGet() > MAX_CONNECTIONS) {
        connections.decrementAndGet();
        accepted.close();
        return;
      }
      accepted.closeFuture().addListener(closed -> connections.decrementAndGet());
      accepted
          .pipeline()
          .addLast(new HttpServerCodec())
          .addLast(new WholeRequests(service))
          .addLast(
              new Exchange(
                  service, workers, admission.refusal(accepted), UnixSocket.peerPid(accepted)));
    }
  }
}
