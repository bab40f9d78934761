package io.criulazy.daemon.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The end of a connection whose peer is to hear why. A socket that is closed while there is
 * something unread in it resets the connection, and the kernel at the other end throws away what it
 * has got: so the peer is left a moment to close first.
 */
final class LastWords {
  private static final long PATIENCE_MS = 1_000;

  private LastWords() {}

  /** From now on the caller takes no more notice of what comes. */
  static void say(ChannelHandlerContext ctx, ByteBuf words) {
    Future<?> end = ctx.executor().schedule(() -> ctx.close(), PATIENCE_MS, TimeUnit.MILLISECONDS);
    ctx.channel().closeFuture().addListener(closed -> end.cancel(false));
    ctx.channel().config().setAutoRead(true);
    ctx.writeAndFlush(words).addListener(said -> endOutput(ctx));
  }

  private static void endOutput(ChannelHandlerContext ctx) {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    if (tls != null) {
      tls.closeOutbound();
    } else if (ctx.channel() instanceof DuplexChannel channel) {
      channel.shutdownOutput();
    }
  }
}
