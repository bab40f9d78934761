package io.criulazy.client.sys;

/**
 * Anonymous private memory of this process that no Java code touches: the ground on which the fault
 * path is warmed up. A Java access to a missing page of it would stop the thread where no safepoint
 * can be reached; {@link #readThroughKernel} waits inside a system call instead.
 */
public final class PrivateMemory implements AutoCloseable {
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  private final long address;
  private final long sizeBytes;
  private final NativeBuffer vectors = new NativeBuffer(48);

  public PrivateMemory(long sizeBytes) throws SysException {
    this.sizeBytes = sizeBytes;
    this.address =
        SysException.check(
            "mmap",
            sizeBytes + " bytes",
            LibC.call(
                SyscallNumbers.MMAP, 0, sizeBytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0));
  }

  public long address() {
    return address;
  }

  public long sizeBytes() {
    return sizeBytes;
  }

  /**
   * Reads eight bytes with process_vm_readv on the own process: the kernel takes the page fault.
   */
  public long readThroughKernel(long offset) throws SysException {
    long vector = vectors.address();
    vectors.putLong(0, vector + 40).putLong(8, 8).putLong(16, address + offset).putLong(24, 8);
    SysException.check(
        "process_vm_readv",
        "this process",
        LibC.call(
            SyscallNumbers.PROCESS_VM_READV,
            ProcessHandle.current().pid(),
            vector,
            1,
            vector + 16,
            1,
            0));
    return vectors.getLong(40);
  }

  @Override
  public void close() {
    LibC.call(SyscallNumbers.MUNMAP, address, sizeBytes, 0);
  }
}
