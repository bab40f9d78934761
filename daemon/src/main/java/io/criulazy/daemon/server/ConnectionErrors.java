package io.criulazy.daemon.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done about an exception in a connection: it is logged once, and the connection ends. */
final class ConnectionErrors {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionErrors.class);

  private ConnectionErrors() {}

  static void close(ChannelHandlerContext ctx, Throwable cause) {
    Throwable reason =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    if (reason instanceof IOException) {
      LOG.warn("{}: closed: {}", ctx.channel().remoteAddress(), reason.getMessage());
      LOG.debug("here:", reason);
    } else {
      LOG.error("{}: closed after an internal error", ctx.channel().remoteAddress(), reason);
    }
    ctx.close();
  }
}
