package io.criulazy.daemon.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPipeline;
import java.util.concurrent.Executor;

/**
 * A protocol that the page server speaks, recognised by what its clients send first. One instance
 * serves all connections; safe for any number of threads.
 */
public interface PageProtocol {
  /** What the first bytes of a connection say. */
  enum Match {
    /** It is this protocol. */
    YES,
    /** It is not, whatever comes. */
    NO,
    /** It may be: more bytes have to tell. */
    MORE
  }

  /** So many bytes have to be enough for every protocol. */
  int MAX_FIRST_BYTES = 64;

  /** Its name in the log and in metrics. */
  String name();

  /**
   * Whether a connection that begins so is one of this protocol.
   *
   * @param first at most {@link #MAX_FIRST_BYTES} bytes from the connection's start; its indices
   *     must not be moved
   */
  Match match(ByteBuf first);

  /**
   * Adds the handlers for a connection that matched behind all others of the pipeline. They get all
   * bytes from the connection's start; reading is on ({@code autoRead}), and theirs to control.
   *
   * @param first as in {@link #match}
   * @param blocking runs what waits for the disk
   */
  void install(ChannelPipeline pipeline, ByteBuf first, Executor blocking);
}
