package io.criulazy.client.source;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.proto.pageserver.Command;
import io.criulazy.proto.pageserver.HeaderLayout;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** In criu's protocol, with the headers of criu 4.1. */
final class RogueCriuServer extends RogueServer<RogueCriuServer.Manner> {
  private static final HeaderLayout LAYOUT = HeaderLayout.NARROW;

  /** What it does with a GET. */
  enum Manner {
    HONEST,
    /** Fewer pages than were asked for: that is allowed. */
    SHORT,
    /** No page at all. */
    EMPTY,
    /** More pages than were asked for. */
    LONG,
    /** The same answer comes again. */
    TWICE,
    /** The answer comes on the next connection. */
    LATE,
    /** The connection ends in the middle of a page. */
    TORN,
    /** An answer to something else. */
    OTHER_COMMAND,
    /** Pages of a process that nobody has asked about. */
    OTHER_TASK,
    /** Pages of another place. */
    OTHER_PLACE
  }

  RogueCriuServer(ImageSet images) throws IOException {
    super(images, Manner.HONEST);
  }

  @Override
  void converse(DataInputStream in, OutputStream out) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(LAYOUT.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    while (true) {
      in.readFully(header.array());
      if (Command.of(LAYOUT.command(header, 0)) == Command.GET) {
        answer(out, header, nextManner());
      } else {
        out.write(new byte[Integer.BYTES]); // no parent; or: all is well
      }
    }
  }

  private void answer(OutputStream out, ByteBuffer asked, Manner manner) throws IOException {
    sendLate(out);
    byte[] bytes = answer(asked, manner);
    switch (manner) {
      case TWICE -> out.write(bytes);
      case LATE -> throw late(bytes);
      case TORN -> throw torn(out, bytes);
      default -> {
        // The header says something else than was asked for, or all is well.
      }
    }
    out.write(bytes);
  }

  private byte[] answer(ByteBuffer asked, Manner manner) throws IOException {
    int pages = (int) LAYOUT.pages(asked, 0);
    long vaddr = LAYOUT.vaddr(asked, 0);
    long task = LAYOUT.destination(asked, 0);
    int given =
        switch (manner) {
          case SHORT -> (pages + 1) / 2;
          case EMPTY -> 0;
          case LONG -> pages + 1;
          default -> pages;
        };
    ByteBuffer answer = ByteBuffer.allocate(LAYOUT.bytes() + given * PAGE);
    LAYOUT.write(
        answer,
        0,
        manner == Manner.OTHER_COMMAND ? Command.CLOSE.code() : Command.GET_ANSWER,
        given,
        vaddr + (manner == Manner.OTHER_PLACE ? PAGE : 0),
        task + (manner == Manner.OTHER_TASK ? 1 : 0));
    for (int i = 0; i < given; i++) {
      read(task, vaddr + (long) i * PAGE, answer.slice(LAYOUT.bytes() + i * PAGE, PAGE));
    }
    return answer.array();
  }
}
