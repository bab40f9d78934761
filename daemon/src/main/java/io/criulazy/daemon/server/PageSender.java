package io.criulazy.daemon.server;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.proto.index.SeekIndex;
import io.criulazy.proto.pageserver.Command;
import io.criulazy.proto.pageserver.PageRange;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A connection of {@code criu lazy-pages --page-server}: answers GETs in the order in which they
 * came, each page as often as it is asked for.
 *
 * <p>An answer may have fewer pages than were asked for, as criu's own has: it ends at the first
 * page that is not in the images, and after {@link #MAX_ANSWER_PAGES}. The client asks for the
 * rest. If not even the first page is there, or there is no such task, the connection is closed
 * without an answer, which is the one refusal that criu's client knows: it reports that the remote
 * side closed the connection and ends with an error.
 *
 * <p>Requests are taken off the wire only as fast as answers leave: what waits is at most the
 * channel's high water mark, one chunk and one read.
 *
 * <p>Runs on the channel's event loop.
 */
final class PageSender extends ChannelInboundHandlerAdapter {
  /** As much as criu's client ever asks for at once: 4 MiB. */
  static final long MAX_ANSWER_PAGES = 1024;

  private static final int MAPPED_CHUNK_BYTES = 256 << 10;

  /** A whole number of pages, and of the plain text in TLS records. */
  private static final int TLS_CHUNK_BYTES = 64 << 10;

  private final CriuRequests requests;
  private final ServedImages images;
  private final CriuSessions sessions;
  private final PageRun run;
  private final Deadline deadline;
  private ImageSet held;
  private State state = State.SERVING;
  private boolean tls;
  private boolean busy;

  /** What has happened so far. */
  private enum State {
    /** Requests are answered. */
    SERVING,
    /** The client said that it is done, and was told that all is well: its turn to close. */
    DONE,
    /** The connection is being closed. */
    CLOSED
  }

  PageSender(CriuRequests requests, ServedImages images, CriuSessions sessions, Deadline deadline) {
    this.requests = requests;
    this.deadline = deadline;
    this.images = images;
    this.sessions = sessions;
    this.run = new PageRun(images);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    held = images.images().retain();
    tls = ctx.pipeline().get(SslHandler.class) != null;
  }

  /** The channel writes nothing more by then, so the mappings may go. */
  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) throws IOException {
    deadline.met();
    requests.discard();
    held.close();
    if (requests.hasBegun()) {
      sessions.ended(state == State.DONE);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws IOException {
    requests.add(ctx.alloc(), (ByteBuf) message);
    serve(ctx);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) throws IOException {
    serve(ctx);
    ctx.flush();
  }

  /** Flushing can make the channel writable, which comes back here: one at a time. */
  private void serve(ChannelHandlerContext ctx) throws IOException {
    if (busy) {
      return;
    }
    busy = true;
    try {
      while (isWritable(ctx) && step(ctx)) {}
    } finally {
      busy = false;
    }
    boolean writable = ctx.channel().isWritable();
    ctx.channel().config().setAutoRead(writable);
    requests.trim();
    if (writable && requests.hasUnread() && ctx.channel().isActive()) {
      deadline.set(ctx, "what it began to send is not complete");
    }
  }

  private static boolean isWritable(ChannelHandlerContext ctx) {
    if (!ctx.channel().isWritable()) {
      ctx.flush();
    }
    return ctx.channel().isWritable();
  }

  /** Writes a part of an answer, or begins the next; false if there is nothing to do. */
  private boolean step(ChannelHandlerContext ctx) throws IOException {
    if (state != State.SERVING) {
      requests.discard();
      return false;
    }
    if (!run.isWritten()) {
      ctx.write(
          tls ? run.nextCopied(TLS_CHUNK_BYTES, ctx.alloc()) : run.nextMapped(MAPPED_CHUNK_BYTES),
          ctx.voidPromise());
      return true;
    }
    if (!requests.next()) {
      return false;
    }
    deadline.met();
    Command command = Command.of(requests.command());
    if (command == Command.GET) {
      begin(ctx);
    } else if (command == Command.CLOSE || command == Command.FORCE_CLOSE) {
      ctx.write(ctx.alloc().buffer(Integer.BYTES).writeIntLE(0), ctx.voidPromise());
      state = State.DONE;
    } else {
      throw new RefusedRequestException(
          "request 0x%x to a server of images that are there; to receive a dump start one without --lazy-pages"
              .formatted(requests.command()));
    }
    return true;
  }

  private void begin(ChannelHandlerContext ctx) throws IOException {
    images.verify();
    long pid = requests.destination();
    SeekIndex index = images.task(pid);
    if (index == null) {
      throw refused("there is no such task with memory in " + images.images().directory());
    }
    if (!PageRange.isValid(requests.vaddr(), requests.pages())) {
      throw refused("no process can have these pages");
    }
    long pages = run.begin(index, requests.vaddr(), Math.min(requests.pages(), MAX_ANSWER_PAGES));
    if (pages == 0) {
      throw refused("no such page in " + images.images().directory());
    }
    ctx.write(header(ctx, pages), ctx.voidPromise());
  }

  private ByteBuf header(ChannelHandlerContext ctx, long pages) {
    int bytes = requests.layout().bytes();
    ByteBuf header = ctx.alloc().directBuffer(bytes);
    ByteBuffer view = header.nioBuffer(0, bytes).order(ByteOrder.LITTLE_ENDIAN);
    requests
        .layout()
        .write(view, 0, Command.GET_ANSWER, pages, requests.vaddr(), requests.destination());
    return header.writerIndex(bytes);
  }

  private RefusedRequestException refused(String why) {
    return new RefusedRequestException(
        "GET of %s pages at 0x%x of task %s refused: %s; the client's images have to be those of this server"
            .formatted(
                Long.toUnsignedString(requests.pages()),
                requests.vaddr(),
                Long.toUnsignedString(requests.destination()),
                Objects.requireNonNull(why)));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (state == State.SERVING) {
      state = State.CLOSED;
      ConnectionErrors.close(ctx, cause);
    }
  }
}
