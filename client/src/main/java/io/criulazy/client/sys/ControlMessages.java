package io.criulazy.client.sys;

/**
 * What comes beside the bytes on a unix socket: who sent them, and a descriptor. Lies in memory of
 * the caller's, where the kernel writes it: in a journal it outlives this program.
 *
 * <pre>
 * struct cmsghdr { size_t len; int level, type; };   // 16 bytes, then the data; padded to 8
 * SCM_CREDENTIALS: struct ucred { pid_t pid; uid_t uid; gid_t gid; };
 * SCM_RIGHTS:      int fd[];
 * </pre>
 */
public final class ControlMessages {
  /** So much memory it takes. */
  public static final int BYTES = 64;

  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int SCM_CREDENTIALS = 2;
  private static final int HEADER_BYTES = 16;

  private final NativeBuffer memory;
  private final int offset;

  /**
   * @param offset a multiple of 8; {@value #BYTES} bytes from there on
   */
  public ControlMessages(NativeBuffer memory, int offset) {
    this.memory = memory;
    this.offset = offset;
  }

  long address() {
    return memory.address() + offset;
  }

  /** Forgets what came. */
  public void clear() {
    for (int at = 0; at < BYTES; at += Long.BYTES) {
      memory.putLong(offset + at, 0);
    }
  }

  /** The process that sent, as this one sees it, or 0 if that is not known. */
  public int sender() {
    int at = find(SCM_CREDENTIALS);
    return at < 0 ? 0 : memory.getInt(at + HEADER_BYTES);
  }

  /** How many descriptors came. */
  int descriptors() {
    int at = find(SCM_RIGHTS);
    return at < 0 ? 0 : (int) (memory.getLong(at) - HEADER_BYTES) / Integer.BYTES;
  }

  int descriptor(int i) {
    return memory.getInt(find(SCM_RIGHTS) + HEADER_BYTES + Integer.BYTES * i);
  }

  /** The descriptor that came, or -1. */
  public int descriptor() {
    return descriptors() == 0 ? -1 : descriptor(0);
  }

  private int find(int type) {
    int at = offset;
    while (at + HEADER_BYTES <= offset + BYTES) {
      long length = memory.getLong(at);
      if (length < HEADER_BYTES || length > offset + BYTES - at) {
        return -1;
      }
      if (memory.getInt(at + 8) == SOL_SOCKET && memory.getInt(at + 12) == type) {
        return at;
      }
      at += (int) (length + 7) & -8;
    }
    return -1;
  }
}
