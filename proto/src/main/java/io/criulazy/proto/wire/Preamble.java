package io.criulazy.proto.wire;

import java.nio.ByteBuffer;

/**
 * What each side sends first.
 *
 * <pre>
 *  client:  0                 8                                        16                24
 *          +-----------------+----+----+----+----+----+----+----+----+-----------------+
 *          | 5, u64          | 89 | C  | L  | Z  | Y  | CR | LF | 1A | 1, u64          |
 *          +-----------------+----+----+----+----+----+----+----+----+-----------------+
 *  server:                   | 89 | C  | L  | Z  | Y  | CR | LF | 1A |
 *                            +----+----+----+----+----+----+----+----+
 * </pre>
 *
 * To criu's page server the client's preamble is a harmless question (PARENT: is there a parent of
 * task 0's pagemap?), which it answers with an i32; in criu's wider header layout 8 more bytes of
 * it are to come. So one connection finds out who listens, and goes on with either. A connection
 * that changes line ends or strips the eighth bit is found out as well.
 */
public final class Preamble {
  /** Length of a client's. */
  public static final int CLIENT_BYTES = 24;

  /** Length of a server's. */
  public static final int SERVER_BYTES = 8;

  private static final byte[] MAGIC = {(byte) 0x89, 'C', 'L', 'Z', 'Y', '\r', '\n', 0x1a};
  private static final byte[] CLIENT = new byte[CLIENT_BYTES];

  static {
    CLIENT[0] = 5;
    System.arraycopy(MAGIC, 0, CLIENT, 8, MAGIC.length);
    CLIENT[16] = 1;
  }

  private Preamble() {}

  /** A copy of a client's. */
  public static byte[] client() {
    return CLIENT.clone();
  }

  /** A copy of a server's. */
  public static byte[] server() {
    return MAGIC.clone();
  }

  /** Whether bytes, as far as there are any, are the beginning of a client's; moves nothing. */
  public static boolean isClients(ByteBuffer received) {
    return isPrefix(received, CLIENT);
  }

  /** Whether bytes, as far as there are any, are the beginning of a server's; moves nothing. */
  public static boolean isServers(ByteBuffer received) {
    return isPrefix(received, MAGIC);
  }

  private static boolean isPrefix(ByteBuffer received, byte[] whole) {
    int count = Math.min(whole.length, received.remaining());
    for (int i = 0; i < count; i++) {
      if (received.get(received.position() + i) != whole[i]) {
        return false;
      }
    }
    return true;
  }
}
