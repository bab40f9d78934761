package io.criulazy.daemon.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection's requests and answers in turn. The client has a limited time to send a request.
 * Used by the connection's event loop.
 */
final class Exchange extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
  private static final int REQUEST_SECONDS = 60;

  /** So many requests may be sent before the first is answered. */
  private static final int MAX_PIPELINED = 16;

  private final HttpService service;
  private final ExecutorService workers;
  private final Optional<String> refusal;
  private final int peerPid;
  private final Queue<FullHttpRequest> pipelined = new ArrayDeque<>();
  private boolean answering;
  private Future<?> deadline;

  /**
   * @param refusal why this client is answered nothing, if it is not
   * @param peerPid of {@link HttpCall}
   */
  Exchange(HttpService service, ExecutorService workers, Optional<String> refusal, int peerPid) {
    this.service = service;
    this.workers = workers;
    this.refusal = refusal;
    this.peerPid = peerPid;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    awaitRequest(context);
  }

  private void awaitRequest(ChannelHandlerContext context) {
    deadline =
        context.executor().schedule(() -> context.close(), REQUEST_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    deadline.cancel(false);
    pipelined.forEach(ReferenceCountUtil::release);
    pipelined.clear();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    if (!answering) {
      begin(context, request);
    } else if (pipelined.size() < MAX_PIPELINED) {
      pipelined.add(request.retain());
    } else {
      context.close();
    }
  }

  private void begin(ChannelHandlerContext context, FullHttpRequest request) {
    answering = true;
    deadline.cancel(false);
    if (request.decoderResult().isFailure()) {
      respond(context, service.error(400, "this is no HTTP request"), false);
    } else if (refusal.isPresent()) {
      respond(context, service.error(403, refusal.get()), false);
    } else {
      handOver(context, request);
    }
  }

  private void handOver(ChannelHandlerContext context, FullHttpRequest request) {
    boolean keepAlive = HttpUtil.isKeepAlive(request);
    try {
      HttpCall call =
          new HttpCall(
              request.method().name(),
              new QueryStringDecoder(request.uri()).path(),
              ByteBufUtil.getBytes(request.content()),
              peerPid);
      workers.execute(
          () -> {
            HttpAnswer answer = answer(call);
            context.executor().execute(() -> respond(context, answer, keepAlive));
          });
    } catch (IllegalArgumentException e) {
      respond(context, service.error(400, "the path of the request: " + e.getMessage()), false);
    } catch (RejectedExecutionException e) {
      respond(context, service.error(503, overload()), false);
    }
  }

  private String overload() {
    return workers.isShutdown()
        ? "this program is ending: ask again when the next one is up"
        : "too many requests wait: try again later";
  }

  private HttpAnswer answer(HttpCall call) {
    try {
      return service.answer(call);
    } catch (RuntimeException e) {
      LOG.error("{} {}: internal error", call.method(), call.path(), e);
      return service.error(500, "internal error, see the daemon's log: " + e);
    }
  }

  private void respond(ChannelHandlerContext context, HttpAnswer answer, boolean keepAlive) {
    ChannelFuture written = context.writeAndFlush(response(answer, keepAlive));
    if (keepAlive) {
      next(context);
    } else {
      written.addListener(ChannelFutureListener.CLOSE); // answering stays: nothing more is read
    }
  }

  private void next(ChannelHandlerContext context) {
    answering = false;
    FullHttpRequest request = pipelined.poll();
    if (request == null) {
      awaitRequest(context);
      return;
    }
    try {
      begin(context, request);
    } finally {
      request.release();
    }
  }

  static FullHttpResponse response(HttpAnswer answer, boolean keepAlive) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(answer.status()),
            Unpooled.wrappedBuffer(answer.body()));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, answer.contentType());
    HttpUtil.setContentLength(response, answer.body().length);
    HttpUtil.setKeepAlive(response, keepAlive);
    return response;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug(
        "closed a connection:", cause); // a client that goes away: nothing of ours is affected
    context.close();
  }
}
