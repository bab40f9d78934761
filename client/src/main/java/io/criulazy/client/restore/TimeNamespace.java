package io.criulazy.client.restore;

import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.proto.image.tree.ClockReading;
import io.criulazy.proto.image.tree.TimeOffsets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Clocks that go on where they stood at the dump: as criu does, the tree gets a time namespace of
 * its own, so that CLOCK_MONOTONIC never goes back, on whichever host.
 */
final class TimeNamespace {
  private static final long CLONE_NEWTIME = 0x80;
  private static final int CLOCK_MONOTONIC = 1;
  private static final int CLOCK_BOOTTIME = 7;
  private static final long NS = 1_000_000_000;

  private TimeNamespace() {}

  /** Sets the clocks of all that the factory will make. */
  static void enter(Workshop factory, TimeOffsets saved) throws IOException {
    factory.must("unshare(CLONE_NEWTIME)", SyscallNumbers.UNSHARE, CLONE_NEWTIME);
    String offsets =
        line(CLOCK_MONOTONIC, saved.monotonic()) + line(CLOCK_BOOTTIME, saved.boottime());
    Files.write(
        Path.of("/proc/" + factory.pid() + "/timens_offsets"),
        offsets.getBytes(StandardCharsets.US_ASCII));
  }

  private static String line(int clock, ClockReading saved) throws IOException {
    long offsetNs = saved.seconds() * NS + saved.nanoseconds() - nowNs(clock);
    return "%d %d %d\n".formatted(clock, Math.floorDiv(offsetNs, NS), Math.floorMod(offsetNs, NS));
  }

  private static long nowNs(int clock) throws IOException {
    NativeBuffer time = new NativeBuffer(16);
    SysException.check(
        "clock_gettime",
        "clock " + clock,
        SystemCall.call(SyscallNumbers.CLOCK_GETTIME, clock, time.address()));
    return time.getLong(0) * NS + time.getLong(8);
  }
}
