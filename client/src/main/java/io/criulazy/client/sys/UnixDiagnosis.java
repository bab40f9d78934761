package io.criulazy.client.sys;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What the kernel tells of unix sockets (NETLINK_SOCK_DIAG; uapi linux/netlink.h,
 * linux/sock_diag.h, linux/unix_diag.h), all in native order.
 *
 * <pre>
 * struct nlmsghdr      { u32 len; u16 type, flags; u32 seq, pid; };                         // 16
 * struct unix_diag_req { u8 family, protocol; u16 pad; u32 states, ino, show, cookie[2]; }; // 24
 * struct unix_diag_msg { u8 family, type, state, pad; u32 ino, cookie[2]; };    // 16, attributes
 * struct nlattr        { u16 len, type; };                             // 4, data, padded to 4 bytes
 * </pre>
 */
public final class UnixDiagnosis {
  /**
   * A unix socket.
   *
   * @param type SOCK_*
   * @param state ESTABLISHED 1, CLOSE 7, LISTEN 10
   * @param name as it was bound, abstract ones with the leading 0; empty if it was not
   * @param boundInode of the file that it was bound to; 0 if it was not, or to no file
   * @param peer inode of the other end; 0 if there is none
   * @param queued bytes that can be read, of a listener connections that wait
   * @param backlog how many connections may wait
   * @param shutdown 1 for reading, 2 for writing
   */
  public record Socket(
      int type,
      int state,
      byte[] name,
      int boundInode,
      int peer,
      int queued,
      int backlog,
      int shutdown) {}

  private static final int AF_UNIX = 1;
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 0x80003;
  private static final int NETLINK_SOCK_DIAG = 4;
  private static final int SOCK_DIAG_BY_FAMILY = 20;
  private static final int NLM_F_REQUEST_DUMP = 0x301;
  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int HEADER_BYTES = 16;
  private static final int REQUEST_BYTES = HEADER_BYTES + 24;
  private static final int MESSAGE_BYTES = HEADER_BYTES + 16;
  private static final int ATTRIBUTE_BYTES = 4;
  private static final int SHOW_ALL = 0x17; // name, vfs, peer, queue lengths
  private static final int NAME = 0;
  private static final int VFS = 1;
  private static final int PEER = 2;
  private static final int QUEUES = 4;
  private static final int SHUTDOWN = 6;
  private static final int BUFFER_BYTES = 1 << 16;

  private UnixDiagnosis() {}

  /** All unix sockets of the caller's network namespace, by inode. */
  public static Map<Integer, Socket> all() throws SysException {
    int fd =
        (int)
            SysException.check(
                "socket",
                "NETLINK_SOCK_DIAG",
                LibC.call(SyscallNumbers.SOCKET, AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_SOCK_DIAG));
    try {
      ask(fd);
      Map<Integer, Socket> sockets = new HashMap<>();
      NativeBuffer buffer = new NativeBuffer(BUFFER_BYTES);
      boolean more = true;
      while (more) {
        int bytes =
            (int)
                SysException.check(
                    "read",
                    "NETLINK_SOCK_DIAG",
                    LibC.result(LibC.FUNCTIONS.read(fd, buffer.address(), BUFFER_BYTES)));
        more = read(buffer.getBytes(0, bytes), sockets);
      }
      return sockets;
    } finally {
      FileDescriptor.close(fd);
    }
  }

  private static void ask(int fd) throws SysException {
    NativeBuffer request = new NativeBuffer(REQUEST_BYTES);
    request.putInt(0, REQUEST_BYTES).putShort(4, (short) SOCK_DIAG_BY_FAMILY);
    request.putShort(6, (short) NLM_F_REQUEST_DUMP);
    request.putByte(HEADER_BYTES, (byte) AF_UNIX).putInt(HEADER_BYTES + 4, -1);
    request.putInt(HEADER_BYTES + 12, SHOW_ALL);
    SysException.check(
        "write",
        "NETLINK_SOCK_DIAG",
        LibC.call(SyscallNumbers.WRITE, fd, request.address(), REQUEST_BYTES));
  }

  private static boolean read(byte[] bytes, Map<Integer, Socket> sockets) throws SysException {
    ByteBuffer messages = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    int at = 0;
    while (at + HEADER_BYTES <= bytes.length) {
      int length = messages.getInt(at);
      int type = messages.getShort(at + 4);
      if (type == NLMSG_DONE) {
        return false;
      }
      if (type == NLMSG_ERROR) {
        throw new SysException("sock_diag", "unix sockets", messages.getInt(at + HEADER_BYTES));
      }
      sockets.put(messages.getInt(at + HEADER_BYTES + 4), socket(messages, at, length));
      at += aligned(length);
    }
    return true;
  }

  private static int aligned(int length) {
    return (length + 3) & ~3;
  }

  private static Socket socket(ByteBuffer messages, int start, int length) {
    byte[] name = new byte[0];
    int[] values = new int[SHUTDOWN + 1];
    int backlog = 0;
    int at = start + MESSAGE_BYTES;
    while (at + ATTRIBUTE_BYTES <= start + length) {
      int bytes = Short.toUnsignedInt(messages.getShort(at));
      int type = messages.getShort(at + 2);
      int data = at + ATTRIBUTE_BYTES;
      if (type == NAME) {
        name = Arrays.copyOfRange(messages.array(), data, at + bytes);
      } else if (type == SHUTDOWN) {
        values[type] = messages.get(data);
      } else if (type == VFS || type == PEER || type == QUEUES) {
        values[type] = messages.getInt(data);
        backlog = type == QUEUES ? messages.getInt(data + 4) : backlog;
      }
      at += Math.max(ATTRIBUTE_BYTES, aligned(bytes));
    }
    return new Socket(
        messages.get(start + HEADER_BYTES + 1),
        messages.get(start + HEADER_BYTES + 2),
        name,
        values[VFS],
        values[PEER],
        values[QUEUES],
        backlog,
        values[SHUTDOWN]);
  }
}
