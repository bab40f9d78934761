package io.criulazy.daemon.server;

import io.criulazy.daemon.store.TestImages;
import io.criulazy.proto.pageserver.Command;
import io.criulazy.proto.pageserver.FirstRequest;
import io.criulazy.proto.pageserver.HeaderLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Any bytes from a connection's first one on, to a server of images: each answer in criu's protocol
 * is a header and whole pages of the image.
 */
final class FuzzedRestore {
  private FuzzedRestore() {}

  static void check(byte[] bytes) {
    byte[] told = FuzzedServer.tell(bytes);
    byte[] padded = Arrays.copyOf(bytes, Math.max(bytes.length, FirstRequest.BYTES));
    FirstRequest first = FirstRequest.of(ByteBuffer.wrap(padded), bytes.length);
    if (first == FirstRequest.NARROW) {
      answers(told, HeaderLayout.NARROW);
    } else if (first == FirstRequest.WIDE) {
      answers(told, HeaderLayout.WIDE);
    }
  }

  private static void answers(byte[] told, HeaderLayout layout) {
    ByteBuffer answers = ByteBuffer.wrap(told).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    while (told.length - at >= layout.bytes()) {
      if (layout.command(answers, at) != Command.GET_ANSWER) {
        throw new AssertionError("an answer that is none at " + at);
      }
      long pages = layout.pages(answers, at);
      long task = layout.destination(answers, at);
      long address = layout.vaddr(answers, at);
      at += layout.bytes();
      for (long i = 0; i < pages; i++, at += (int) TestImages.PAGE) {
        FuzzedServer.requirePage(task, address + i * TestImages.PAGE, told, at);
      }
    }
    if (at != told.length && told.length - at != Integer.BYTES) {
      throw new AssertionError(told.length - at + " bytes behind the last answer");
    }
  }
}
