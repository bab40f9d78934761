package io.criulazy.client.sys;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import jnr.ffi.Pointer;

/**
 * Memory outside the Java heap with a fixed address, for arguments and results of system calls.
 *
 * <p>Freed by the collector with the object. A thread that has asked for the address keeps the
 * object reachable until its next system call has returned, whatever compiled code forgets: so a
 * buffer outlives the call that it was made for. Whoever uses the address for more than one call,
 * or on another thread, keeps the buffer reachable. In native byte order, zeroed at first. Not
 * synchronised.
 */
public final class NativeBuffer {
  /** A local variable alone keeps nothing: compiled code forgets it once its address is taken. */
  private static final ThreadLocal<Held> HELD = ThreadLocal.withInitial(Held::new);

  private static final class Held {
    private NativeBuffer[] buffers = new NativeBuffer[8];
    private int count;

    void add(NativeBuffer buffer) {
      if (count > 0 && buffers[count - 1] == buffer) {
        return;
      }
      if (count == buffers.length) {
        buffers = Arrays.copyOf(buffers, 2 * count);
      }
      buffers[count++] = buffer;
    }

    void letGo() {
      while (count > 0) {
        buffers[--count] = null;
      }
    }
  }

  /** A system call of this thread has returned. */
  static void callHasReturned() {
    HELD.get().letGo();
  }

  private final ByteBuffer bytes;
  private final long address;

  /**
   * @param sizeBytes the size; the address is aligned to 16 at least
   */
  public NativeBuffer(int sizeBytes) {
    bytes =
        ByteBuffer.allocateDirect(sizeBytes + 16).alignedSlice(16).order(ByteOrder.nativeOrder());
    address = addressOf(bytes);
  }

  /** Over a direct or mapped buffer of somebody else's, which must outlive this. */
  public NativeBuffer(ByteBuffer directOrMapped) {
    bytes = directOrMapped.slice().order(ByteOrder.nativeOrder());
    address = addressOf(bytes);
  }

  /** Where a direct or mapped buffer's byte 0 lies. The caller keeps the buffer reachable. */
  public static long addressOf(ByteBuffer direct) {
    return Pointer.wrap(LibC.runtime(), direct.duplicate().position(0)).address();
  }

  /** The buffer's address, good for this thread's next system call. */
  public long address() {
    HELD.get().add(this);
    return address;
  }

  /** The buffer's size in bytes. */
  public int sizeBytes() {
    return bytes.capacity();
  }

  public int getInt(int offset) {
    return bytes.getInt(offset);
  }

  public NativeBuffer putInt(int offset, int value) {
    bytes.putInt(offset, value);
    return this;
  }

  public long getLong(int offset) {
    return bytes.getLong(offset);
  }

  public NativeBuffer putLong(int offset, long value) {
    bytes.putLong(offset, value);
    return this;
  }

  public byte getByte(int offset) {
    return bytes.get(offset);
  }

  public NativeBuffer putByte(int offset, byte value) {
    bytes.put(offset, value);
    return this;
  }

  public NativeBuffer putShort(int offset, short value) {
    bytes.putShort(offset, value);
    return this;
  }

  /** Copies bytes in. */
  public NativeBuffer putBytes(int offset, byte[] source) {
    bytes.put(offset, source);
    return this;
  }

  /** Copies {@code lengthBytes} bytes in, from {@code start} in the source on. */
  public NativeBuffer putBytes(int offset, byte[] source, int start, int lengthBytes) {
    bytes.put(offset, source, start, lengthBytes);
    return this;
  }

  /** Copies bytes out. */
  public byte[] getBytes(int offset, int lengthBytes) {
    byte[] copy = new byte[lengthBytes];
    bytes.get(offset, copy);
    return copy;
  }
}
