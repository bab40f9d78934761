package io.criulazy.daemon.server;

import io.criulazy.daemon.server.PageProtocol.Match;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The first handler of a connection: finds its protocol, installs it and goes. */
final class ProtocolDetector extends ByteToMessageDecoder {
  private static final Logger LOG = LoggerFactory.getLogger(ProtocolDetector.class);

  private final List<PageProtocol> protocols;
  private final Executor blocking;
  private final Deadline deadline;

  ProtocolDetector(List<PageProtocol> protocols, Executor blocking, Deadline deadline) {
    this.protocols = protocols;
    this.blocking = blocking;
    this.deadline = deadline;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    boolean more = false;
    ByteBuf first =
        in.slice(in.readerIndex(), Math.min(in.readableBytes(), PageProtocol.MAX_FIRST_BYTES));
    for (PageProtocol protocol : protocols) {
      Match match = protocol.match(first);
      if (match == Match.YES) {
        LOG.debug("{}: {}", ctx.channel().remoteAddress(), protocol.name());
        deadline.met();
        protocol.install(ctx.pipeline(), first, blocking);
        ctx.pipeline().remove(this);
        return;
      }
      more |= match == Match.MORE;
    }
    if (!more || first.readableBytes() == PageProtocol.MAX_FIRST_BYTES) {
      in.skipBytes(in.readableBytes());
      LOG.warn(
          "{}: refused: what it sent first is no request of a page server's client",
          ctx.channel().remoteAddress());
      ctx.close();
      return;
    }
    deadline.set(ctx, "its first request is not complete");
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    deadline.met();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ConnectionErrors.close(ctx, cause);
  }
}
