package io.criulazy.proto.pageserver;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Any bytes as the beginning of a connection, and as requests in both layouts. */
class FirstRequestFuzzTest {
  @FuzzTest(maxDuration = "10s")
  void firstRequest(byte[] bytes) {
    byte[] padded = Arrays.copyOf(bytes, Math.max(bytes.length, FirstRequest.BYTES));
    FirstRequest whole = FirstRequest.of(ByteBuffer.wrap(padded), bytes.length);
    for (int available = 0; available < Math.min(bytes.length, 40); available++) {
      FirstRequest part = FirstRequest.of(ByteBuffer.wrap(padded), available);
      require(part == FirstRequest.MORE || part == whole, "fewer bytes told something else");
    }
    require(
        bytes.length < FirstRequest.BYTES || whole != FirstRequest.MORE, "24 bytes do not tell");
    for (HeaderLayout layout : HeaderLayout.values()) {
      if (bytes.length >= layout.bytes()) {
        request(layout, ByteBuffer.wrap(bytes));
      }
    }
  }

  private static void request(HeaderLayout layout, ByteBuffer bytes) {
    long pages = layout.pages(bytes, 0);
    long vaddr = layout.vaddr(bytes, 0);
    if (PageRange.isValid(vaddr, pages)) {
      long end = vaddr + pages * 4096;
      require(pages > 0 && vaddr >= 0 && end > vaddr && end <= 1L << 56, "no range");
    }
    PagemapId id = PagemapId.of(layout.destination(bytes, 0));
    require(id == null || PagemapId.of(id.destination()).equals(id), "id changed");
    Command command = Command.of(layout.command(bytes, 0));
    int flags = Command.flags(layout.command(bytes, 0));
    require(command == null || command.with(flags) == layout.command(bytes, 0), "command changed");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
