package io.criulazy.daemon.http;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;

/** Puts requests together, and refuses those that are too long in the service's own words. */
final class WholeRequests extends HttpObjectAggregator {
  private final HttpService service;

  WholeRequests(HttpService service) {
    super(HttpEndpoint.MAX_BODY_BYTES);
    this.service = service;
  }

  @Override
  protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
    HttpAnswer answer =
        service.error(
            413, "a request's body has at most " + HttpEndpoint.MAX_BODY_BYTES + " bytes");
    context
        .writeAndFlush(Exchange.response(answer, false))
        .addListener(ChannelFutureListener.CLOSE);
  }
}
