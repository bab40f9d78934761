package io.criulazy.client.sys;

import java.util.ArrayList;
import java.util.List;

/** What a unix socket holds, looked at without taking it out. */
public final class SocketQueue {
  private static final int STREAM = 1;
  private static final int SEQPACKET = 5;
  private static final int MSG_PEEK_DONTWAIT = 0x42;
  private static final int MSG_CTRUNC = 0x8;
  private static final int MSG_TRUNC = 0x20;
  private static final int HEADER_BYTES = 56;
  private static final int VECTOR_AT = 64;
  private static final int FLAGS_AT = 48;
  private static final int BUFFER_BYTES = 1 << 20;

  /**
   * What is there.
   *
   * @param packets pieces of a stream, or one by one
   * @param hasMore whether more came with them than bytes: descriptors, credentials
   */
  public record Content(List<byte[]> packets, boolean hasMore) {}

  private SocketQueue() {}

  /**
   * Reads all of it. Nobody else may use the socket meanwhile.
   *
   * @param type SOCK_*
   */
  public static Content peek(int fd, int type) throws SysException {
    int before = (int) option(fd, SyscallNumbers.GETSOCKOPT, 0);
    option(fd, SyscallNumbers.SETSOCKOPT, 0);
    try {
      return read(fd, type);
    } finally {
      option(fd, SyscallNumbers.SETSOCKOPT, before);
    }
  }

  private static long option(int fd, int call, int value) throws SysException {
    NativeBuffer memory = new NativeBuffer(16).putInt(0, value).putInt(8, Integer.BYTES);
    long last = call == SyscallNumbers.GETSOCKOPT ? memory.address() + 8 : Integer.BYTES;
    SysException.check(
        "SO_PEEK_OFF",
        "a unix socket",
        LibC.call(
            call, fd, SocketOption.SOL_SOCKET, SocketOption.PEEK_OFF, memory.address(), last, 0));
    return memory.getInt(0);
  }

  private static Content read(int fd, int type) throws SysException {
    List<byte[]> packets = new ArrayList<>();
    NativeBuffer buffer = new NativeBuffer(BUFFER_BYTES);
    NativeBuffer message = new NativeBuffer(VECTOR_AT + 16);
    boolean hasMore = false;
    int empty = 0;
    // A packet without bytes is seen once; where somebody has shut down, there is no end of them.
    while (empty < 2 || type != SEQPACKET) {
      message.putLong(0, 0).putLong(8, 0).putLong(16, message.address() + VECTOR_AT).putLong(24, 1);
      message.putLong(32, 0).putLong(40, 0).putLong(FLAGS_AT, 0);
      message.putLong(VECTOR_AT, buffer.address()).putLong(VECTOR_AT + 8, BUFFER_BYTES);
      long got = LibC.call(SyscallNumbers.RECVMSG, fd, message.address(), MSG_PEEK_DONTWAIT);
      if (got == -Errno.EAGAIN) {
        break;
      }
      SysException.check("recvmsg", "a unix socket", got);
      if ((message.getInt(FLAGS_AT) & MSG_TRUNC) != 0) {
        throw new SysException("recvmsg", "a packet of more than 1 MiB", -Errno.ENOTSUP);
      }
      hasMore |= (message.getInt(FLAGS_AT) & MSG_CTRUNC) != 0;
      empty = got == 0 ? empty + 1 : 0;
      if (got > 0 || type != STREAM) {
        packets.add(buffer.getBytes(0, (int) got));
      } else {
        break;
      }
    }
    if (empty == 2 && type == SEQPACKET) {
      packets = packets.subList(0, packets.size() - 2);
    }
    return new Content(List.copyOf(packets), hasMore);
  }
}
