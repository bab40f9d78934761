package io.criulazy.proto.wire;

/** Names of what either side may leave out. */
public final class Capability {
  /** Payloads may be compressed with zstd. */
  public static final String ZSTD = "zstd";

  /** The pages files can be had as descriptors: unix sockets only. */
  public static final String GRANT = "grant";

  /** The protocol's version that this is. */
  public static final int VERSION = 1;

  private Capability() {}
}
