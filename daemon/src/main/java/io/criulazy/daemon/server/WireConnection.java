package io.criulazy.daemon.server;

import io.criulazy.daemon.store.ChangedImageException;
import io.criulazy.daemon.store.ImageIdentity;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.proto.index.SeekIndex;
import io.criulazy.proto.pageserver.PageRange;
import io.criulazy.proto.wire.Cancel;
import io.criulazy.proto.wire.Capability;
import io.criulazy.proto.wire.Failure;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.FramePrefix;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Frames;
import io.criulazy.proto.wire.Grant;
import io.criulazy.proto.wire.Hello;
import io.criulazy.proto.wire.ListExtents;
import io.criulazy.proto.wire.Open;
import io.criulazy.proto.wire.Opened;
import io.criulazy.proto.wire.Ping;
import io.criulazy.proto.wire.Pong;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.Read;
import io.criulazy.proto.wire.Task;
import io.criulazy.proto.wire.Welcome;
import io.criulazy.proto.wire.WireException;
import io.criulazy.proto.wire.Zstd;
import io.micrometer.core.instrument.Counter;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.unix.FileDescriptor;
import io.netty.handler.codec.DecoderException;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection in criu-lazy's own protocol.
 *
 * <p>Answers are made only as fast as they leave; between two parts of an answer an urgent Read
 * that has come meanwhile goes first. Runs on the channel's event loop; only opening an image set
 * runs elsewhere.
 */
final class WireConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(WireConnection.class);

  private static final int MAX_READ_PAGES = 4096;

  /** At most 25 bytes each: below the bound of a header. */
  private static final int MAX_TASKS = 2_000;

  private static final int MAX_MESSAGE_CHARS = 2_000;

  private final ImageCatalog catalog;
  private final Optional<String> weakness;
  private final Executor blocking;
  private final Counter requests;
  private final Workload load;
  private final PendingReads reads = new PendingReads();
  private WireOutput output;
  private FrameDecoder decoder;
  private State state = State.CONNECTED;
  private ImageCatalog.Lease lease;
  private ServedImages images;
  private boolean granted;

  /** Whether the client has the descriptors. */
  private boolean withFiles;

  /** Null if the client has not asked for it. */
  private PayloadCompression compression;

  private boolean busy;

  /** What has happened so far. */
  private enum State {
    /** The client has said nothing. */
    CONNECTED,
    /** A version is agreed upon. */
    WELCOMED,
    /** An image set is being opened. */
    OPENING,
    /** Requests are answered. */
    SERVING,
    /** The connection is being closed. */
    CLOSED
  }

  /**
   * @param weakness why nothing is served over this connection; empty: all is well
   */
  WireConnection(
      ImageCatalog catalog,
      Optional<String> weakness,
      Executor blocking,
      Counter requests,
      Workload load) {
    this.catalog = catalog;
    this.weakness = weakness;
    this.blocking = blocking;
    this.requests = requests;
    this.load = load;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    output = new WireOutput(ctx, load, () -> sent(ctx));
    decoder = ctx.pipeline().get(FrameDecoder.class);
    ctx.writeAndFlush(Unpooled.wrappedBuffer(Preamble.server()));
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) throws IOException {
    state = State.CLOSED;
    load.addReads(-reads.count());
    if (lease != null) {
      lease.close();
      lease = null;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws IOException {
    if (state == State.CLOSED) {
      ReferenceCountUtil.release(message);
      return;
    }
    ByteBuffer frame = (ByteBuffer) message;
    FrameType type = FrameType.of(FramePrefix.type(frame, 0));
    if (type == null) {
      return;
    }
    requests.increment();
    switch (type) {
      case HELLO -> hello(ctx, Frames.header(frame, Hello.parser()));
      case OPEN -> open(ctx, Frames.header(frame, Open.parser()));
      case LIST_EXTENTS -> extents(ctx, Frames.header(frame, ListExtents.parser()));
      case READ -> read(ctx, Frames.header(frame, Read.parser()));
      case CANCEL -> cancel(ctx, Frames.header(frame, Cancel.parser()));
      case PING -> {
        long token = Frames.header(frame, Ping.parser()).getToken();
        output.send(FrameType.PONG, Pong.newBuilder().setToken(token).build());
      }
      case GRANT -> grant(ctx, Frames.header(frame, Grant.parser()));
      default -> throw outOfOrder(type);
    }
    takeRequests();
  }

  private void hello(ChannelHandlerContext ctx, Hello hello) throws WireException {
    require(State.CONNECTED, FrameType.HELLO);
    if (weakness.isPresent()) {
      throw new WireException(FailureCode.NOT_GRANTED, weakness.get());
    }
    if (hello.getMinVersion() > Capability.VERSION || hello.getMaxVersion() < Capability.VERSION) {
      throw new WireException(
          FailureCode.VERSION,
          "the client speaks versions %d to %d, this server %d"
              .formatted(hello.getMinVersion(), hello.getMaxVersion(), Capability.VERSION));
    }
    Welcome.Builder welcome =
        Welcome.newBuilder()
            .setVersion(Capability.VERSION)
            .setAgent("criu-lazy")
            .setCreditBytes(PendingReads.CREDIT_BYTES)
            .setMaxReadPages(MAX_READ_PAGES);
    if (Transport.isUnix(ctx.pipeline())
        && hello.getCapabilitiesList().contains(Capability.GRANT)) {
      welcome.addCapabilities(Capability.GRANT);
    }
    if (Zstd.isAvailable() && hello.getCapabilitiesList().contains(Capability.ZSTD)) {
      welcome.addCapabilities(Capability.ZSTD);
      compression = new PayloadCompression();
    }
    ShortCircuit.greet(ctx.channel(), hello, welcome);
    state = State.WELCOMED;
    output.send(FrameType.WELCOME, welcome.build());
  }

  private void open(ChannelHandlerContext ctx, Open open) throws WireException {
    require(State.WELCOMED, FrameType.OPEN);
    state = State.OPENING;
    blocking.execute(() -> open(ctx, open.getRequest(), open.getImageSet()));
  }

  /** On a thread that may wait for the disk. */
  private void open(ChannelHandlerContext ctx, long request, String name) {
    ImageCatalog.Lease found = null;
    try {
      found = catalog.open(name);
      Opened opened = describe(request, found.images());
      ImageCatalog.Lease mine = found;
      ctx.executor().execute(() -> opened(ctx, mine, opened));
    } catch (IOException | RuntimeException e) {
      close(found);
      fail(ctx, e);
    }
  }

  /** Ends the connection from another thread. */
  private void fail(ChannelHandlerContext ctx, Exception cause) {
    try {
      ctx.executor().execute(() -> exceptionCaught(ctx, cause));
    } catch (RejectedExecutionException e) {
      LOG.debug("the server has been closed, and the connection with it", cause);
    }
  }

  private static void close(ImageCatalog.Lease lease) {
    if (lease != null) {
      try {
        lease.close();
      } catch (IOException e) {
        LOG.warn("closing images: {}", e.getMessage());
      }
    }
  }

  private static Opened describe(long request, ServedImages images) throws IOException {
    Opened.Builder opened =
        Opened.newBuilder().setRequest(request).setIdentity(ImageIdentity.of(images.images()));
    for (long pid : images.images().taskIds()) {
      if (opened.getTasksCount() == MAX_TASKS) {
        return opened.setMoreTasks(true).build();
      }
      SeekIndex index = images.task(pid);
      opened.addTasks(
          Task.newBuilder()
              .setPid(pid)
              .setPages(index.pageCount())
              .setLazyPages(index.lazyPageCount()));
    }
    return opened.build();
  }

  private void opened(ChannelHandlerContext ctx, ImageCatalog.Lease found, Opened opened) {
    if (state == State.CLOSED) {
      close(found);
      return;
    }
    lease = found;
    images = found.images();
    state = State.SERVING;
    output.send(FrameType.OPENED, opened);
  }

  private void extents(ChannelHandlerContext ctx, ListExtents list) throws IOException {
    require(State.SERVING, FrameType.LIST_EXTENTS);
    SeekIndex index = task(list.getRequest(), list.getTask());
    output.send(FrameType.EXTENTS, ExtentList.of(list, index, withFiles));
  }

  private void read(ChannelHandlerContext ctx, Read read) throws IOException {
    require(State.SERVING, FrameType.READ);
    SeekIndex index = task(read.getRequest(), read.getTask());
    long pages = Integer.toUnsignedLong(read.getPages());
    if (pages > MAX_READ_PAGES || !PageRange.isValid(read.getAddress(), pages)) {
      throw new WireException(
          FailureCode.OUT_OF_RANGE,
          "request %d for %d pages at 0x%x; at most %d pages of a process can be had at once"
              .formatted(read.getRequest(), pages, read.getAddress(), MAX_READ_PAGES));
    }
    reads.add(new PendingRead(read, index));
    load.addReads(1);
    answer(ctx);
  }

  private SeekIndex task(long request, long pid) throws WireException {
    SeekIndex index = images.task(pid);
    if (index == null) {
      throw new WireException(
          FailureCode.NO_SUCH_TASK,
          "request %d: there is no task %s with memory in %s"
              .formatted(request, Long.toUnsignedString(pid), images.images().directory()));
    }
    return index;
  }

  private void cancel(ChannelHandlerContext ctx, Cancel cancel) throws WireException {
    require(State.SERVING, FrameType.CANCEL);
    for (long request : cancel.getRequestsList()) {
      if (reads.cancel(request) != null) {
        load.addReads(-1);
        output.send(
            FrameType.FAILURE,
            Failure.newBuilder().setRequest(request).setCode(FailureCode.CANCELLED).build());
      }
    }
  }

  private void grant(ChannelHandlerContext ctx, Grant grant) throws WireException {
    require(State.SERVING, FrameType.GRANT);
    if (granted || !Transport.isUnix(ctx.pipeline())) {
      throw new WireException(
          FailureCode.NOT_GRANTED, "files are granted once, on unix sockets only");
    }
    granted = true;
    ImageSet held = images.images().retain();
    blocking.execute(
        () -> {
          try (held) {
            FileGrant files = FileGrant.of(held);
            ctx.executor().execute(() -> granted(ctx, grant.getRequest(), files));
          } catch (IOException | RuntimeException e) {
            fail(ctx, e);
          }
        });
  }

  private void granted(ChannelHandlerContext ctx, long request, FileGrant files) {
    if (state != State.SERVING) {
      return;
    }
    withFiles = true;
    output.send(FrameType.GRANTED, files.header().setRequest(request).build());
    for (FileDescriptor file : files.descriptors()) {
      ctx.write(file, ctx.voidPromise());
    }
    ctx.flush();
  }

  /** Flushing can make the channel writable, which comes back here: one at a time. */
  private void answer(ChannelHandlerContext ctx) throws IOException {
    if (busy || state != State.SERVING) {
      return;
    }
    busy = true;
    try {
      PendingRead read;
      while ((read = reads.first()) != null && output.hasRoom()) {
        images.verify();
        output.write(PagesFrame.next(images, read, load.payloadBytes(), compression, ctx.alloc()));
        if (read.isAnswered()) {
          reads.remove(read);
          load.addReads(-1);
        }
        if (read.isUrgent()) {
          ctx.flush();
        }
      }
    } finally {
      busy = false;
    }
  }

  /** Something has left: there may be room for more, of answers and of requests. */
  private void sent(ChannelHandlerContext ctx) {
    if (state == State.CLOSED || !ctx.channel().isActive()) {
      return;
    }
    try {
      answer(ctx);
    } catch (IOException | RuntimeException e) {
      exceptionCaught(ctx, e);
      return;
    }
    ctx.flush();
    takeRequests();
  }

  /** Takes no more requests than can be kept: the rest waits on the network. */
  private void takeRequests() {
    decoder.setPaused(reads.count() >= load.maxReads() || output.isClogged());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) throws IOException {
    answer(ctx);
    ctx.flush();
  }

  private void require(State needed, FrameType type) throws WireException {
    if (state != needed) {
      throw outOfOrder(type);
    }
  }

  private WireException outOfOrder(FrameType type) {
    return new WireException(
        FailureCode.OUT_OF_ORDER, type + " makes no sense when the connection is " + state);
  }

  /** Says what was wrong, and ends the connection. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    Throwable reason =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    if (reason instanceof IOException) {
      LOG.warn("{}: closed: {}", ctx.channel().remoteAddress(), reason.getMessage());
    } else {
      LOG.error("{}: closed after an internal error", ctx.channel().remoteAddress(), reason);
    }
    String message = reason.getMessage() == null ? reason.toString() : reason.getMessage();
    String bounded = message.substring(0, Math.min(message.length(), MAX_MESSAGE_CHARS));
    Failure failure = Failure.newBuilder().setCode(code(reason)).setMessage(bounded).build();
    ctx.pipeline().remove(FrameDecoder.class);
    LastWords.say(ctx, Unpooled.wrappedBuffer(Frames.of(FrameType.FAILURE, failure)));
  }

  private static FailureCode code(Throwable reason) {
    if (reason instanceof WireException wire) {
      return wire.code();
    }
    return reason instanceof ChangedImageException ? FailureCode.IMAGES_CHANGED : FailureCode.IO;
  }
}
