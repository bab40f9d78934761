package io.criulazy.client.sys;

/**
 * A batch of messages read from a userfaultfd.
 *
 * <pre>
 * struct uffd_msg {                               // 32 bytes
 *     __u8  event;                                //  0
 *     union {                                     //  8
 *         struct { __u64 flags, address; } pagefault;
 *         struct { __u32 ufd; }            fork;
 *         struct { __u64 from, to, len; }  remap;
 *         struct { __u64 start, end; }     remove;   // and UNMAP
 *     } arg;
 * };
 * </pre>
 *
 * Owned by the thread that reads. The i of the accessors runs from 0 to the count that {@link
 * #read} returned.
 */
public final class UffdMessages {
  public static final int PAGEFAULT = 0x12;
  public static final int FORK = 0x13;
  public static final int REMAP = 0x14;
  public static final int REMOVE = 0x15;
  public static final int UNMAP = 0x16;

  /** The size of one message. */
  public static final int MESSAGE_BYTES = 32;

  private final int capacity;
  private final MessageSlots slots;
  private NativeBuffer messages;
  private int first;

  /**
   * @param capacity the most messages of one read
   * @param slots where they are read to; what is more than a fault is kept there
   */
  public UffdMessages(int capacity, MessageSlots slots) {
    this.capacity = capacity;
    this.slots = slots;
  }

  /** The most messages of one read: fewer than this means that the queue is empty. */
  public int capacity() {
    return capacity;
  }

  /**
   * Reads what is queued, without waiting.
   *
   * @return how many messages (0 if none), or a negative error number. A FORK that fails for want
   *     of descriptors (-EMFILE) stays queued.
   */
  public int read(Uffd uffd) {
    int bytes = capacity * MESSAGE_BYTES;
    MessageSlots.Place place = slots.reserve(bytes);
    messages = place.buffer();
    first = place.offset();
    long result = LibC.result(LibC.FUNCTIONS.read(uffd.fd(), messages.address() + first, bytes));
    if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
      return 0;
    }
    if (result < 0) {
      return (int) result;
    }
    int count = (int) result / MESSAGE_BYTES;
    if (hasChange(count)) {
      slots.keep(count * MESSAGE_BYTES);
    }
    return count;
  }

  private boolean hasChange(int count) {
    for (int i = 0; i < count; i++) {
      if (event(i) != PAGEFAULT) {
        return true;
      }
    }
    return false;
  }

  /** One of the constants of this class. */
  public int event(int i) {
    return messages.getByte(first + i * MESSAGE_BYTES);
  }

  /** PAGEFAULT: the address, as precise as the kernel gives it; not aligned to a page. */
  public long faultAddress(int i) {
    return messages.getLong(first + i * MESSAGE_BYTES + 16);
  }

  /**
   * An argument of a message that is no fault. FORK: the number of the child's new userfaultfd,
   * which the reader now owns. REMOVE, UNMAP: the first address, and the one after the last. REMAP:
   * where it was, where it is, how many bytes.
   *
   * @param word 0 to 2
   */
  public long word(int i, int word) {
    int at = first + i * MESSAGE_BYTES + 8;
    return event(i) == FORK ? messages.getInt(at) : messages.getLong(at + 8 * word);
  }
}
