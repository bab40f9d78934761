package io.criulazy.client.sys;

import java.util.HexFormat;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;

/**
 * A child of this process that does nothing: a copy of it, with memory and files of its own, that
 * waits to be traced and made into something else.
 */
public final class BareProcess {
  /** {@code for (;;) pause();} in x86-64. */
  private static final byte[] CODE = HexFormat.of().parseHex("b8220000000f05ebf7");

  private static final int PAGE_BYTES = (int) PageSize.BYTES;
  private static final int MAPPED_BYTES = 2 * PAGE_BYTES;
  private static final int PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXECUTE = 5;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final int SIGCHLD = 17;

  private BareProcess() {}

  /** Starts one; the caller ends and reaps it. The result is its pid. */
  public static int start() throws SysException {
    long mapping =
        SysException.check(
            "mmap",
            "a new process's memory",
            LibC.call(
                SyscallNumbers.MMAP,
                0,
                MAPPED_BYTES,
                PROT_READ_WRITE,
                MAP_PRIVATE_ANONYMOUS,
                -1,
                0));
    try {
      Pointer.wrap(LibC.runtime(), mapping).put(0, CODE, 0, CODE.length);
      SysException.check(
          "mprotect",
          "a new process's code",
          LibC.call(SyscallNumbers.MPROTECT, mapping, PAGE_BYTES, PROT_READ_EXECUTE));
      long pid =
          LibC.result(
              LibraryLoader.create(LibC.Clone.class)
                  .load("c")
                  .clone(mapping, mapping + MAPPED_BYTES, SIGCHLD, 0, 0, 0, 0));
      return (int) SysException.check("clone", "a new process", pid);
    } finally {
      // The child has its own copy of these pages.
      LibC.call(SyscallNumbers.MUNMAP, mapping, MAPPED_BYTES, 0);
    }
  }
}
