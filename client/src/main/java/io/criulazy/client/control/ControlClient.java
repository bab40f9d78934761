package io.criulazy.client.control;

import com.fasterxml.jackson.core.JsonParser;
import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.source.RemoteImages;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks a resident daemon, over its control socket. Safe for any number of threads. */
public final class ControlClient implements AutoCloseable {
  private static final int MAX_ANSWER_BYTES = 64 << 20;

  /** Preparing reads the images' metadata, which may be far away and long. */
  private static final int ANSWER_SECONDS = 120;

  private final Path socket;
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("control-client", true), EpollIoHandler.newFactory());

  /**
   * @param socket the daemon's
   */
  public ControlClient(Path socket) {
    this.socket = socket;
  }

  /** Whether a daemon listens there that this user may ask. */
  public boolean isThere() {
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return probe.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Prepares a lazy restore.
   *
   * @param imagesDir absolute
   * @param workDir absolute
   * @param onLostPage what becomes of a process whose pages can't be had; empty: as the daemon was
   *     told
   * @param remote where the pages are if they are not in {@code imagesDir}
   * @return how it stands
   * @throws IOException if there is no daemon, or it refuses; the message is its own
   */
  public RestoreReport prepare(
      Path imagesDir,
      Path workDir,
      Optional<LostPagePolicy> onLostPage,
      Optional<RemoteImages> remote)
      throws IOException {
    return begin(new PrepareRequest(imagesDir, workDir, onLostPage, remote, Optional.empty()));
  }

  /**
   * Has the daemon restore a tree lazily.
   *
   * @param onLostPage as for {@link #prepare}
   * @param run how
   * @return how it stands: the tree runs
   * @throws NotCoveredException if its engine does not cover all of it; nothing has been touched
   * @throws IOException if there is no daemon, or the restore fails
   */
  public RestoreReport restore(
      Path imagesDir, Path workDir, Optional<LostPagePolicy> onLostPage, RunRequest run)
      throws IOException {
    return begin(
        new PrepareRequest(imagesDir, workDir, onLostPage, Optional.empty(), Optional.of(run)));
  }

  private RestoreReport begin(PrepareRequest request) throws IOException {
    byte[] body = Json.bytes(request::write);
    try (JsonParser json = Json.parser(ask(HttpMethod.POST, "/v1/restores", body))) {
      return RestoreReport.read(json);
    }
  }

  /** What the daemon does, as JSON. */
  public byte[] reportJson() throws IOException {
    return ask(HttpMethod.GET, "/v1/restores", new byte[0]);
  }

  /** What the daemon does. */
  public DaemonReport report() throws IOException {
    try (JsonParser json = Json.parser(reportJson())) {
      return DaemonReport.read(json);
    }
  }

  private byte[] ask(HttpMethod method, String path, byte[] body) throws IOException {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    Channel channel = connect(answer);
    try {
      DefaultFullHttpRequest request =
          new DefaultFullHttpRequest(
              HttpVersion.HTTP_1_1, method, path, Unpooled.wrappedBuffer(body));
      request
          .headers()
          .set(HttpHeaderNames.HOST, "criu-lazy")
          .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
          .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
      channel.writeAndFlush(request);
      return await(answer).bodyOrError();
    } finally {
      channel.close();
    }
  }

  private Channel connect(CompletableFuture<Answer> answer) throws IOException {
    var connected =
        new Bootstrap()
            .group(loop)
            .channel(EpollDomainSocketChannel.class)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new HttpClientCodec())
                        .addLast(new HttpObjectAggregator(MAX_ANSWER_BYTES))
                        .addLast(new Receiver(answer));
                  }
                })
            .connect(new DomainSocketAddress(socket.toString()))
            .awaitUninterruptibly();
    if (!connected.isSuccess()) {
      throw new IOException(
          "no daemon answers at "
              + socket
              + ": "
              + connected.cause().getMessage()
              + ". Start `criu-lazy daemon`, or give its socket with --control",
          connected.cause());
    }
    return connected.channel();
  }

  private Answer await(CompletableFuture<Answer> answer) throws IOException {
    try {
      return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IOException(
          "the daemon at %s has not answered within %d s; see its log"
              .formatted(socket, ANSWER_SECONDS),
          e);
    } catch (ExecutionException e) {
      throw new IOException("the daemon at " + socket + ": " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the daemon at " + socket + " was asked", e);
    }
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /** What the daemon has said. */
  private record Answer(int status, byte[] body) {
    byte[] bodyOrError() throws IOException {
      if (status / 100 == 2) {
        return body;
      }
      try (JsonParser json = Json.parser(body)) {
        JsonFields fields = new JsonFields(json);
        while (fields.next()) {
          if (fields.name().equals("error")) {
            throw status == ControlException.NOT_COVERED
                ? new NotCoveredException(json.getText())
                : new IOException(json.getText());
          }
          json.skipChildren();
        }
      }
      throw new IOException("the daemon answers with status " + status);
    }
  }

  /** Hands the one answer on. */
  private static final class Receiver extends SimpleChannelInboundHandler<FullHttpResponse> {
    private final CompletableFuture<Answer> answer;

    Receiver(CompletableFuture<Answer> answer) {
      this.answer = answer;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
      answer.complete(
          new Answer(response.status().code(), ByteBufUtil.getBytes(response.content())));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      answer.completeExceptionally(new IOException("it hung up without an answer"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      answer.completeExceptionally(cause);
      context.close();
    }
  }
}
