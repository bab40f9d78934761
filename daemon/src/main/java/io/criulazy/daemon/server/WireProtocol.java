package io.criulazy.daemon.server;

import io.criulazy.proto.wire.Preamble;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPipeline;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;

/** criu-lazy's own page protocol (docs/wire-protocol.md). */
public final class WireProtocol implements PageProtocol {
  private static final String NAME = "criu-lazy";

  private final ImageCatalog catalog;
  private final boolean plainAnywhere;
  private final Duration stallLimit;
  private final Counter requests;
  private final Workload load = new Workload();

  /**
   * @param plainAnywhere whether clients of other hosts are served without TLS
   * @param stallLimit a client that has begun a frame has to finish it within that
   */
  public WireProtocol(
      ImageCatalog catalog, boolean plainAnywhere, Duration stallLimit, MeterRegistry meters) {
    this.catalog = Objects.requireNonNull(catalog);
    this.plainAnywhere = plainAnywhere;
    this.stallLimit = Objects.requireNonNull(stallLimit);
    this.requests = ServerMeters.requests(meters, NAME);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Match match(ByteBuf first) {
    if (!Preamble.isClients(first.nioBuffer())) {
      return Match.NO;
    }
    return first.readableBytes() >= Preamble.CLIENT_BYTES ? Match.YES : Match.MORE;
  }

  @Override
  public void install(ChannelPipeline pipeline, ByteBuf first, Executor blocking) {
    Optional<String> weakness = Transport.weakness(pipeline, plainAnywhere);
    pipeline.addLast(
        new FrameDecoder(new Deadline(stallLimit)),
        new WireConnection(catalog, weakness, blocking, requests, load));
  }
}
