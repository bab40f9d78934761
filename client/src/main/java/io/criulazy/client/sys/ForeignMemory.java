package io.criulazy.client.sys;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The memory of a process (another one, or this one), read and written whole or not at all well: a
 * part that can't be reached is an error that names its address.
 *
 * <p>Works by process_vm_readv and process_vm_writev, so it obeys the process's own protections,
 * but for {@link #force}. In native byte order. One thread at a time.
 */
public final class ForeignMemory {
  private static final int CHUNK_BYTES = 1 << 16;

  private final int pid;
  private final NativeBuffer vectors = new NativeBuffer(32);
  private NativeBuffer chunk = new NativeBuffer(64);

  /**
   * @param pid a process, or one of its threads; ours, or CAP_SYS_PTRACE is needed
   */
  public ForeignMemory(int pid) {
    this.pid = pid;
  }

  /** Reads bytes into the Java heap. */
  public byte[] read(long address, int lengthBytes) throws SysException {
    byte[] bytes = new byte[lengthBytes];
    for (int done = 0; done < lengthBytes; done += CHUNK_BYTES) {
      int part = Math.min(CHUNK_BYTES, lengthBytes - done);
      readTo(address + done, room(part).address(), part);
      System.arraycopy(chunk.getBytes(0, part), 0, bytes, done, part);
    }
    return bytes;
  }

  /** Reads a 64-bit number. */
  public long readLong(long address) throws SysException {
    readTo(address, room(8).address(), 8);
    return chunk.getLong(0);
  }

  /** Reads a 32-bit number. */
  public int readInt(long address) throws SysException {
    readTo(address, room(4).address(), 4);
    return chunk.getInt(0);
  }

  /** Writes bytes. */
  public void write(long address, byte[] bytes) throws SysException {
    for (int done = 0; done < bytes.length; done += CHUNK_BYTES) {
      int part = Math.min(CHUNK_BYTES, bytes.length - done);
      room(part).putBytes(0, bytes, done, part);
      writeFrom(address + done, chunk.address(), part);
    }
  }

  /** Writes a 64-bit number. */
  public void writeLong(long address, long value) throws SysException {
    room(8).putLong(0, value);
    writeFrom(address, chunk.address(), 8);
  }

  /** Writes a 32-bit number. */
  public void writeInt(long address, int value) throws SysException {
    room(4).putInt(0, value);
    writeFrom(address, chunk.address(), 4);
  }

  /**
   * Reads into memory of this process.
   *
   * @param local address of {@code lengthBytes} of memory that the caller keeps alive
   */
  public void readTo(long address, long local, long lengthBytes) throws SysException {
    transfer("process_vm_readv", SyscallNumbers.PROCESS_VM_READV, address, local, lengthBytes);
  }

  /**
   * Writes out of memory of this process.
   *
   * @param local address of {@code lengthBytes} of memory that the caller keeps alive
   */
  public void writeFrom(long address, long local, long lengthBytes) throws SysException {
    transfer("process_vm_writev", SyscallNumbers.PROCESS_VM_WRITEV, address, local, lengthBytes);
  }

  /** Writes where the process itself may only read, as a debugger does: through /proc/PID/mem. */
  public void force(long address, byte[] bytes) throws IOException {
    try (FileChannel memory =
        FileChannel.open(Path.of("/proc/" + pid + "/mem"), StandardOpenOption.WRITE)) {
      ByteBuffer rest = ByteBuffer.wrap(bytes);
      while (rest.hasRemaining()) {
        if (memory.write(rest, address + rest.position()) <= 0) {
          throw new EOFException("can't write at " + place(address + rest.position()));
        }
      }
    }
  }

  private void transfer(String call, int number, long address, long local, long lengthBytes)
      throws SysException {
    long done = 0;
    while (done < lengthBytes) {
      vectors.putLong(0, local + done).putLong(8, lengthBytes - done);
      vectors.putLong(16, address + done).putLong(24, lengthBytes - done);
      long result = LibC.call(number, pid, vectors.address(), 1, vectors.address() + 16, 1, 0);
      if (result == 0) {
        result = -Errno.EFAULT;
      }
      done += SysException.check(call, place(address + done), result);
    }
  }

  private String place(long address) {
    return "pid " + pid + " at 0x" + Long.toHexString(address);
  }

  private NativeBuffer room(int lengthBytes) {
    if (chunk.sizeBytes() < lengthBytes) {
      chunk = new NativeBuffer(CHUNK_BYTES);
    }
    return chunk;
  }

  /** A buffer in the byte order of the memory, to lay out what is written. */
  public static ByteBuffer layout(int lengthBytes) {
    return ByteBuffer.allocate(lengthBytes).order(ByteOrder.nativeOrder());
  }
}
