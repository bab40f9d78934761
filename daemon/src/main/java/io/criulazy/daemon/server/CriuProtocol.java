package io.criulazy.daemon.server;

import io.criulazy.proto.pageserver.Command;
import io.criulazy.proto.pageserver.FirstRequest;
import io.criulazy.proto.pageserver.HeaderLayout;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPipeline;
import io.netty.util.concurrent.EventExecutorGroup;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;

/** criu's page-server protocol, in both header layouts. */
public final class CriuProtocol implements PageProtocol {
  static final String NAME = "criu";

  private final ServedImages images;
  private final Duration stallLimit;
  private final CriuSessions sessions;
  private final Counter requests;

  private CriuProtocol(
      ServedImages images, Duration stallLimit, CriuSessions sessions, MeterRegistry meters) {
    this.images = images;
    this.stallLimit = stallLimit;
    this.sessions = Objects.requireNonNull(sessions);
    this.requests = ServerMeters.requests(meters, NAME);
  }

  /** Serves restores from images. */
  public static CriuProtocol serving(
      ServedImages images, Duration stallLimit, CriuSessions sessions, MeterRegistry meters) {
    return new CriuProtocol(Objects.requireNonNull(images), stallLimit, sessions, meters);
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
  public void install(ChannelPipeline pipeline, ByteBuf first, EventExecutorGroup blocking) {
    FirstRequest request = layout(first);
    HeaderLayout layout = request == FirstRequest.WIDE ? HeaderLayout.WIDE : HeaderLayout.NARROW;
    Command command = Command.of(first.getIntLE(first.readerIndex()));
    CriuRequests reader = new CriuRequests(layout, requests, new Deadline(stallLimit));
    if (!command.sendsDump() && images != null) {
      pipeline.addLast(new PageSender(reader, images, sessions));
    }
  }

  private static FirstRequest layout(ByteBuf first) {
    ByteBuffer bytes = ByteBuffer.allocate(FirstRequest.BYTES);
    int available = Math.min(FirstRequest.BYTES, first.readableBytes());
    first.getBytes(first.readerIndex(), bytes.array(), 0, available);
    return FirstRequest.of(bytes, available);
  }
}
