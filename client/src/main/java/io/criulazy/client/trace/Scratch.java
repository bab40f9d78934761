package io.criulazy.client.trace;

import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import java.io.IOException;

/**
 * Memory that a traced process is given for a while, zeroed at first: for what calls point to, for
 * a stub's code and stack. {@link #close} takes it away again.
 */
public final class Scratch implements AutoCloseable {
  private static final int PAGE_BYTES = (int) PageSize.BYTES;
  private static final int PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXECUTE = 5;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  private final TracedThread thread;
  private final long address;
  private final long sizeBytes;

  private Scratch(TracedThread thread, long address, long sizeBytes) {
    this.thread = thread;
    this.address = address;
    this.sizeBytes = sizeBytes;
  }

  /** Maps at least so many bytes, at an address of the kernel's choice. */
  public static Scratch allocate(TracedThread thread, long sizeBytes) throws IOException {
    long whole = (sizeBytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    long address =
        thread.call(SyscallNumbers.MMAP, 0, whole, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    SysException.check("mmap of " + whole + " bytes", thread.toString(), address);
    return new Scratch(thread, address, whole);
  }

  /** Puts code into memory of its own, where it can run. */
  public static Scratch withCode(TracedThread thread, byte[] code) throws IOException {
    Scratch scratch = allocate(thread, code.length);
    try {
      scratch.write(0, code);
      SysException.check(
          "mprotect",
          thread.toString(),
          thread.call(
              SyscallNumbers.MPROTECT, scratch.address, scratch.sizeBytes, PROT_READ_EXECUTE));
      return scratch;
    } catch (IOException e) {
      Failures.alsoClose(scratch, e);
      throw e;
    }
  }

  /** Where it begins: a page's address. */
  public long address() {
    return address;
  }

  /** Where it ends: the top of a stack. */
  public long end() {
    return address + sizeBytes;
  }

  /** Its size in bytes, whole pages. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Writes bytes at an offset and returns their address in the process. */
  public long write(long offset, byte[] bytes) throws IOException {
    thread.process().memory().write(address + offset, bytes);
    return address + offset;
  }

  /** Reads bytes at an offset. */
  public byte[] read(long offset, int lengthBytes) throws IOException {
    return thread.process().memory().read(address + offset, lengthBytes);
  }

  @Override
  public void close() throws IOException {
    SysException.check(
        "munmap", thread.toString(), thread.call(SyscallNumbers.MUNMAP, address, sizeBytes));
  }
}
