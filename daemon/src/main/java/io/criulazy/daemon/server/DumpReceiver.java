package io.criulazy.daemon.server;

import io.criulazy.daemon.server.DumpConversation.State;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of {@code criu dump --page-server} or {@code pre-dump}: carries between it and its
 * {@link DumpConversation}, which runs on threads that may wait for the disk. More is read only
 * when that has used what came: what waits is what Netty reads at once.
 *
 * <p>Runs on the channel's event loop.
 */
final class DumpReceiver extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(DumpReceiver.class);

  private final DumpConversation conversation;
  private final Executor blocking;
  private final CriuSessions sessions;
  private final Deadline deadline;
  private ByteBuf arrived;
  private boolean working;
  private boolean refused;

  DumpReceiver(
      DumpConversation conversation, Executor blocking, CriuSessions sessions, Deadline deadline) {
    this.conversation = conversation;
    this.blocking = blocking;
    this.sessions = sessions;
    this.deadline = deadline;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(false);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    arrived =
        arrived == null
            ? bytes
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), arrived, bytes);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!working && !refused) {
      goOn(ctx);
    }
  }

  /** Hands over what has come, or asks for more. */
  private void goOn(ChannelHandlerContext ctx) {
    if (arrived == null) {
      ctx.read();
      return;
    }
    working = true;
    ByteBuf bytes = arrived;
    arrived = null;
    blocking.execute(() -> work(ctx, bytes));
  }

  /** On a thread that may wait. */
  private void work(ChannelHandlerContext ctx, ByteBuf bytes) {
    ByteBuf answers = ctx.alloc().buffer();
    Throwable failure = null;
    boolean progressed = false;
    try {
      progressed = conversation.take(ctx.alloc(), bytes, answers);
    } catch (IOException | RuntimeException e) {
      failure = e;
    }
    Throwable cause = failure;
    boolean progress = progressed;
    try {
      ctx.executor().execute(() -> worked(ctx, answers, progress, cause));
    } catch (RejectedExecutionException e) {
      answers.release(); // the server has been closed, and the connection with it
    }
  }

  private void worked(
      ChannelHandlerContext ctx, ByteBuf answers, boolean progress, Throwable failure) {
    working = false;
    ctx.writeAndFlush(answers);
    if (failure != null) {
      exceptionCaught(ctx, failure);
      return;
    }
    if (progress) {
      deadline.met();
    }
    if (conversation.isIncomplete() && ctx.channel().isActive()) {
      deadline.set(ctx, "what it began to send is not complete");
    }
    goOn(ctx);
  }

  /** The conversation may still be at work: its end waits for that, on a thread that may. */
  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    deadline.met();
    ReferenceCountUtil.release(arrived);
    arrived = null;
    refused = true;
    Object peer = ctx.channel().remoteAddress();
    blocking.execute(() -> end(peer));
  }

  private void end(Object peer) {
    State state = conversation.state();
    if (state == State.RECEIVING && conversation.hasBegun()) {
      LOG.warn(
          "{}: the connection ended before the dump was complete: nothing of it is kept", peer);
    }
    try {
      conversation.close();
    } catch (IOException e) {
      LOG.warn("{}: {}", peer, e.toString());
    } finally {
      if (conversation.hasBegun()) {
        sessions.ended(state == State.COMMITTED);
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!refused) {
      refused = true;
      ConnectionErrors.close(ctx, cause);
    }
  }
}
