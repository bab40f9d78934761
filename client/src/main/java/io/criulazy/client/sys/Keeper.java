package io.criulazy.client.sys;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;

/**
 * A process that shares this process's table of open files, so that all of them, present and
 * future, stay open when this process is killed. A userfaultfd that the kernel has just handed out
 * is with the keeper in the same instant: there is no moment in which it has only one holder.
 *
 * <p>It is a clone (CLONE_FILES, without CLONE_VM) that runs nothing but {@link #CODE}: it unmaps
 * all memory but its own two pages, leaves the session and ignores signals. As soon as its parent
 * is gone it looks once a second whether any userfaultfd in the table belongs to a process that
 * still lives, and exits when there is none. A new program of ours takes the files over with {@link
 * ForeignFiles} and ends it.
 */
public final class Keeper implements AutoCloseable {
  /**
   * What the keeper runs, position-independent x86-64, written for this class:
   *
   * <pre>
   * prctl(PR_SET_NAME, arg.name); rt_sigprocmask(SIG_BLOCK, arg.allSignals, 0, 8); setsid();
   * for (i = 0; i < 3; i++) munmap(arg.unmapped[i].start, arg.unmapped[i].bytes);
   * do {
   *   do nanosleep(arg.interval, 0); while (getppid() == arg.parent);
   *   alive = 0;
   *   for (fd = arg.lastFd; fd >= 0; fd--) {
   *     r = ioctl(fd, UFFDIO_ZEROPAGE, arg.nowhere);    // ENOENT or EAGAIN: its process lives;
   *     if (r == -ENOENT || r == -EAGAIN) alive = 1;    // ESRCH: it has exited; ENOTTY: no uffd
   *   }
   * } while (alive);
   * exit_group(0);
   * </pre>
   */
  private static final byte[] CODE =
      HexFormat.of()
          .parseHex(
              "41574989f8488db7800000004531d2415631d2b89d000000bf0f000000415541"
                  + "5455530f0541ba08000000498d7070b80e0000004889d70f054531d2b8700000"
                  + "004889d60f0541b90b000000498b7010498b78084c89c80f05498b7020498b78"
                  + "184c89c80f05498b7030498b78284c89c80f05bd23000000498d58604d8d6840"
                  + "41bc6e00000041be1000000041bf04aa20c031d24531d24889e84889df4889d6"
                  + "0f054c89e04889d70f0549390074e3498b78384531c94885ff78254531d24c89"
                  + "f04c89fe4c89ea0f054883f8fe74064883f8f5750641b90100000048ffcfebd6"
                  + "4d85c975ad4531d2b8e70000004c89cf4c89ce4c89ca0f05eb98");

  private static final int PAGE_BYTES = 4096;
  private static final int MAPPED_BYTES = 2 * PAGE_BYTES;
  private static final int PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXECUTE = 5;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final long TOP_OF_USER_MEMORY = 0x7FFF_FFFF_F000L;

  private static final int CLONE_FILES = 0x400;
  private static final int SIGCHLD = 17;
  private static final int SIGKILL = 9;

  private static final int LAST_FD = 65_535;
  private static final int ARCH_GET_FS = 0x1003;
  private static final int THREAD_BYTES = 4 * PAGE_BYTES;
  private static final byte[] NAME = "criu-lazy-keep\0".getBytes(StandardCharsets.US_ASCII);

  private final int pid;

  private Keeper(int pid) {
    this.pid = pid;
  }

  /**
   * Starts a keeper of this process's files.
   *
   * @throws SysException if there can't be another process, or no executable memory
   */
  public static Keeper start() throws SysException {
    long mapping =
        SysException.check(
            "mmap",
            "the keeper's memory",
            LibC.call(
                SyscallNumbers.MMAP,
                0,
                MAPPED_BYTES,
                PROT_READ_WRITE,
                MAP_PRIVATE_ANONYMOUS,
                -1,
                0));
    try {
      long argument = mapping + PAGE_BYTES;
      Pointer.wrap(LibC.runtime(), mapping).put(0, CODE, 0, CODE.length);
      writeArgument(Pointer.wrap(LibC.runtime(), argument), mapping);
      SysException.check(
          "mprotect",
          "the keeper's code",
          LibC.call(SyscallNumbers.MPROTECT, mapping, PAGE_BYTES, PROT_READ_EXECUTE));
      long stack = mapping + MAPPED_BYTES;
      int flags = CLONE_FILES | SIGCHLD;
      long pid =
          LibC.result(
              LibraryLoader.create(LibC.Clone.class)
                  .load("c")
                  .clone(mapping, stack, flags, argument, 0, 0, 0));
      return new Keeper((int) SysException.check("clone", "the keeper", pid));
    } finally {
      // The clone has its own copy of these pages.
      LibC.call(SyscallNumbers.MUNMAP, mapping, MAPPED_BYTES, 0);
    }
  }

  /** Offsets are those that {@link #CODE} was made for. */
  private static void writeArgument(Pointer argument, long mapping) throws SysException {
    argument.putLong(0, ProcessHandle.current().pid());
    long threadStart = threadPages();
    long low = Math.min(mapping, threadStart);
    long lowEnd = low + (low == mapping ? MAPPED_BYTES : THREAD_BYTES);
    long high = Math.max(mapping, threadStart);
    long highEnd = high + (high == mapping ? MAPPED_BYTES : THREAD_BYTES);
    putRange(argument, 8, 0, low);
    putRange(argument, 24, lowEnd, high);
    putRange(argument, 40, highEnd, TOP_OF_USER_MEMORY);
    argument.putLong(56, LAST_FD);
    argument.putLong(64, Uffd.NOWHERE); // struct uffdio_zeropage
    argument.putLong(72, PAGE_BYTES);
    argument.putLong(96, 1); // struct timespec: one second
    argument.putLong(112, -1); // all signals
    argument.put(128, NAME, 0, NAME.length);
  }

  private static void putRange(Pointer argument, int offset, long start, long end) {
    argument.putLong(offset, start);
    argument.putLong(offset + 8, Math.max(0, end - start));
  }

  /**
   * The pages around the calling thread's control block. The kernel writes into its rseq area
   * whenever the clone is moved to another CPU, and kills it if it can't.
   */
  private static long threadPages() throws SysException {
    NativeBuffer base = new NativeBuffer(8);
    SysException.check(
        "arch_prctl(ARCH_GET_FS)",
        "this thread",
        LibC.call(SyscallNumbers.ARCH_PRCTL, ARCH_GET_FS, base.address(), 0));
    return (base.getLong(0) & -PAGE_BYTES) - THREAD_BYTES / 2;
  }

  /** Its pid. */
  public int pid() {
    return pid;
  }

  /** Ends and reaps it: this process alone holds its files again. */
  @Override
  public void close() {
    LibC.call(SyscallNumbers.KILL, pid, SIGKILL, 0);
    LibC.call(SyscallNumbers.WAIT4, pid, 0, 0);
  }

  /** Ends a keeper that an earlier program has left. */
  public static void endAbandoned(int pid) {
    LibC.call(SyscallNumbers.KILL, pid, SIGKILL, 0);
  }
}
