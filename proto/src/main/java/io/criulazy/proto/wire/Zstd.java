package io.criulazy.proto.wire;

import com.github.luben.zstd.util.Native;

/** Whether payloads can be compressed here: it takes a library that is there for most hosts. */
public final class Zstd {
  private static final boolean AVAILABLE = load();

  private Zstd() {}

  /** Whether {@link ZstdCompressor} and {@link ZstdDecompressor} can be made. */
  public static boolean isAvailable() {
    return AVAILABLE;
  }

  private static boolean load() {
    try {
      Native.load();
      return Native.isLoaded();
    } catch (UnsatisfiedLinkError | RuntimeException | ExceptionInInitializerError e) {
      return false; // no such library for this host, or no place to put it: go without
    }
  }
}
