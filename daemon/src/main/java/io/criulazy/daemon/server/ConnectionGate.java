package io.criulazy.daemon.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stands first in every pipeline: counts connections and bytes, and refuses too many. */
@Sharable
final class ConnectionGate extends ChannelDuplexHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionGate.class);

  private final ServerMeters meters;
  private final int maxConnections;

  ConnectionGate(ServerMeters meters, int maxConnections) {
    this.meters = meters;
    this.maxConnections = maxConnections;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) throws Exception {
    int open = meters.opened();
    ctx.channel().closeFuture().addListener(closed -> meters.closed());
    LOG.debug("{}: connected", ctx.channel().remoteAddress());
    if (open > maxConnections) {
      LOG.warn(
          "{}: refused: {} connections are open already",
          ctx.channel().remoteAddress(),
          maxConnections);
      ctx.close();
      return;
    }
    super.channelActive(ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    meters.received(((ByteBuf) message).readableBytes());
    super.channelRead(ctx, message);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
      throws Exception {
    if (message instanceof ByteBuf bytes) {
      meters.sent(bytes.readableBytes());
    }
    super.write(ctx, message, promise);
  }
}
