package io.criulazy.daemon.server;

import io.criulazy.daemon.receive.DumpDirectory;
import io.criulazy.proto.pageserver.FirstRequest;
import io.criulazy.proto.pageserver.HeaderLayout;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPipeline;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;

/** criu's page-server protocol, in both header layouts. */
public final class CriuProtocol implements PageProtocol {
  static final String NAME = "criu";

  /** Null if dumps are received. */
  private final ServedImages images;

  /** Null if images are served. */
  private final DumpDirectory directory;

  private final Duration stallLimit;
  private final CriuSessions sessions;
  private final Counter requests;

  private CriuProtocol(
      ServedImages images,
      DumpDirectory directory,
      Duration stallLimit,
      CriuSessions sessions,
      MeterRegistry meters) {
    this.images = images;
    this.directory = directory;
    this.stallLimit = stallLimit;
    this.sessions = Objects.requireNonNull(sessions);
    this.requests = ServerMeters.requests(meters, NAME);
  }

  /** Serves restores from images. */
  public static CriuProtocol serving(
      ServedImages images, Duration stallLimit, CriuSessions sessions, MeterRegistry meters) {
    return new CriuProtocol(Objects.requireNonNull(images), null, stallLimit, sessions, meters);
  }

  /** Receives dumps into a directory. */
  public static CriuProtocol receiving(
      DumpDirectory directory, Duration stallLimit, CriuSessions sessions, MeterRegistry meters) {
    return new CriuProtocol(null, Objects.requireNonNull(directory), stallLimit, sessions, meters);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Match match(ByteBuf first) {
    return switch (layout(first)) {
      case NARROW, WIDE, CLOSE -> Match.YES;
      case MORE -> Match.MORE;
      case NONE -> Match.NO;
    };
  }

  @Override
  public void install(ChannelPipeline pipeline, ByteBuf first, Executor blocking) {
    FirstRequest request = layout(first);
    HeaderLayout layout = request == FirstRequest.WIDE ? HeaderLayout.WIDE : HeaderLayout.NARROW;
    CriuRequests reader = new CriuRequests(layout, requests);
    Deadline deadline = new Deadline(stallLimit);
    pipeline.addLast(
        images != null
            ? new PageSender(reader, images, sessions, deadline)
            : new DumpReceiver(
                new DumpConversation(reader, directory), blocking, sessions, deadline));
  }

  private static FirstRequest layout(ByteBuf first) {
    ByteBuffer bytes = ByteBuffer.allocate(FirstRequest.BYTES);
    int available = Math.min(FirstRequest.BYTES, first.readableBytes());
    first.getBytes(first.readerIndex(), bytes.array(), 0, available);
    return FirstRequest.of(bytes, available);
  }
}
