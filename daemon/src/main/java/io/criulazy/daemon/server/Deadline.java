package io.criulazy.daemon.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a connection whose client begins something and does not finish it. Belongs to one
 * connection and is used on its handler's executor only.
 */
final class Deadline {
  private static final Logger LOG = LoggerFactory.getLogger(Deadline.class);

  private final long limitMillis;
  private Future<?> pending;

  Deadline(Duration limit) {
    this.limitMillis = limit.toMillis();
  }

  /** From now on the time runs, if it does not run already. */
  void set(ChannelHandlerContext ctx, String unless) {
    if (pending != null) {
      return;
    }
    pending =
        ctx.executor()
            .schedule(
                () -> {
                  LOG.warn(
                      "{}: closed: {} after {} ms",
                      ctx.channel().remoteAddress(),
                      unless,
                      limitMillis);
                  ctx.close();
                },
                limitMillis,
                TimeUnit.MILLISECONDS);
  }

  /** The time does not run any more. */
  void met() {
    if (pending != null) {
      pending.cancel(false);
      pending = null;
    }
  }
}
