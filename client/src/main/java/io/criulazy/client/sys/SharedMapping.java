package io.criulazy.client.sys;

import java.lang.invoke.VarHandle;
import jnr.ffi.Pointer;

/**
 * Memory of a file that the kernel or another process changes meanwhile, mapped here: the rings of
 * an io_uring, a map's value. Each number is read and written in one access; {@link #putOrdered} is
 * what publishes. In native byte order; offsets are checked. One thread at a time.
 */
public final class SharedMapping implements AutoCloseable {
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED_POPULATE = 0x8001;

  private final long address;
  private final long sizeBytes;
  private final Pointer memory;
  private boolean closed;

  private SharedMapping(long address, long sizeBytes) {
    this.address = address;
    this.sizeBytes = sizeBytes;
    this.memory = Pointer.wrap(LibC.runtime(), address);
  }

  /**
   * Maps a part of a file, for reading and writing.
   *
   * @param fd may be closed afterwards
   * @param offset a multiple of the page size
   * @param subject what it is, for errors
   */
  public static SharedMapping map(int fd, long offset, long sizeBytes, String subject)
      throws SysException {
    long address =
        LibC.call(
            SyscallNumbers.MMAP, 0, sizeBytes, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset);
    return new SharedMapping(SysException.check("mmap", subject, address), sizeBytes);
  }

  /**
   * How much of it is there, from its beginning on: what it maps may be shorter. The kernel is
   * asked to read it: this process would get SIGBUS for that.
   */
  public long presentBytes() throws SysException {
    ForeignMemory memory = new ForeignMemory((int) ProcessHandle.current().pid());
    NativeBuffer byteOfIt = new NativeBuffer(1);
    for (long at = 0; at < sizeBytes; at += PageSize.BYTES) {
      try {
        memory.readTo(address + at, byteOfIt.address(), 1);
      } catch (SysException e) {
        if (e.errno() != Errno.EFAULT) {
          throw e;
        }
        return at;
      }
    }
    return sizeBytes;
  }

  /** Its size in bytes. */
  public long sizeBytes() {
    return sizeBytes;
  }

  public int getInt(long offset) {
    check(offset, Integer.BYTES);
    int value = memory.getInt(offset);
    VarHandle.acquireFence();
    return value;
  }

  public void putInt(long offset, int value) {
    check(offset, Integer.BYTES);
    memory.putInt(offset, value);
  }

  /** Makes all that was written before visible to whoever sees this number. */
  public void putOrdered(long offset, int value) {
    VarHandle.releaseFence();
    putInt(offset, value);
    VarHandle.fullFence();
  }

  public long getLong(long offset) {
    check(offset, Long.BYTES);
    return memory.getLong(offset);
  }

  public void putLong(long offset, long value) {
    check(offset, Long.BYTES);
    memory.putLong(offset, value);
  }

  public byte[] getBytes(long offset, int lengthBytes) {
    check(offset, lengthBytes);
    byte[] bytes = new byte[lengthBytes];
    memory.get(offset, bytes, 0, lengthBytes);
    return bytes;
  }

  public void putBytes(long offset, byte[] bytes) {
    check(offset, bytes.length);
    memory.put(offset, bytes, 0, bytes.length);
  }

  private void check(long offset, long lengthBytes) {
    if (closed || offset < 0 || offset > sizeBytes - lengthBytes) {
      throw new IndexOutOfBoundsException(
          lengthBytes + " bytes at " + offset + " of " + (closed ? 0 : sizeBytes));
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      LibC.call(SyscallNumbers.MUNMAP, address, sizeBytes, 0);
    }
  }
}
