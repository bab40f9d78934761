package io.criulazy.proto.wire;

/** Names of what either side may leave out. */
public final class Capability {
  /** Payloads may be compressed with zstd. */
  public static final String ZSTD = "zstd";

  /** The pages files can be had as descriptors: unix sockets only. */
  public static final String GRANT = "grant";

  /** A client of the same host is told where it gets the files: TCP only. */
  public static final String SHORT_CIRCUIT = "short-circuit";

  /** The protocol's version that this is. */
  public static final int VERSION = 1;

  private Capability() {}
}
