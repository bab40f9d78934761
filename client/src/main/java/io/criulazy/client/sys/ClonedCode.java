package io.criulazy.client.sys;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;

/**
 * Machine code that is to run in a clone of this process, on memory of its own.
 *
 * <pre>
 * | code, 1 page, not writable | argument, from its start; stack, from its end; 1 page |
 * </pre>
 *
 * The clone has its own copy of both, which stays when this is closed. Code has to be
 * position-independent, finds the argument's address in its first register, and never returns.
 */
final class ClonedCode implements AutoCloseable {
  static final int PAGE_BYTES = (int) PageSize.BYTES;
  static final int MAPPED_BYTES = 2 * PAGE_BYTES;
  static final int SIGCHLD = 17;
  private static final int PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXECUTE = 5;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  private final String what;
  private final long mapping;

  /**
   * @param what it is for, for messages
   * @param code at most a page
   */
  ClonedCode(String what, byte[] code) throws SysException {
    this.what = what;
    mapping =
        SysException.check(
            "mmap",
            what,
            LibC.call(
                SyscallNumbers.MMAP,
                0,
                MAPPED_BYTES,
                PROT_READ_WRITE,
                MAP_PRIVATE_ANONYMOUS,
                -1,
                0));
    Pointer.wrap(LibC.runtime(), mapping).put(0, code, 0, code.length);
  }

  /** Where it begins: a page's address. */
  long address() {
    return mapping;
  }

  /** What the code finds. */
  Pointer argument() {
    return Pointer.wrap(LibC.runtime(), mapping + PAGE_BYTES);
  }

  /**
   * Starts a clone.
   *
   * @param flags of clone(2)
   * @return its pid; the caller ends and reaps it
   */
  int start(int flags) throws SysException {
    SysException.check(
        "mprotect",
        what,
        LibC.call(SyscallNumbers.MPROTECT, mapping, PAGE_BYTES, PROT_READ_EXECUTE));
    long pid =
        LibC.result(
            LibraryLoader.create(LibC.Clone.class)
                .load("c")
                .clone(mapping, mapping + MAPPED_BYTES, flags, mapping + PAGE_BYTES, 0, 0, 0));
    return (int) SysException.check("clone", what, pid);
  }

  @Override
  public void close() {
    LibC.call(SyscallNumbers.MUNMAP, mapping, MAPPED_BYTES, 0);
  }
}
