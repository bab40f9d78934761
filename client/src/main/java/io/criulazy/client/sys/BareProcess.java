package io.criulazy.client.sys;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import jnr.ffi.Pointer;

/**
 * A child of this process that does nothing, and waits to be traced and made into something else.
 * It ends with the thread that has started it.
 *
 * <p>It is no copy of this process, whose address space may be large and in use, but runs a program
 * of a few bytes: in a clone that shares this process's memory until it has begun with it, as vfork
 * does.
 *
 * <pre>
 *   0 ELF header: entry at ORIGIN + 176, 2 program headers
 *  64 PT_LOAD, read and execute: this file at ORIGIN
 * 120 PT_GNU_STACK, read and write: without it all that is mapped may be executed
 * 176 for (;;) pause();
 * </pre>
 */
public final class BareProcess {
  /**
   * {@code prctl(PR_SET_PDEATHSIG, SIGKILL); execveat(arg.fd, "", arg.argv, arg.envp,
   * AT_EMPTY_PATH); exit(127);} in x86-64.
   *
   * <pre>
   * struct arg { u64 fd; char empty[8]; char *argv[2]; char *envp[1]; };
   * </pre>
   */
  private static final byte[] START =
      HexFormat.of()
          .parseHex(
              "4889fb"
                  + "bf01000000be09000000b89d0000000f05"
                  + "8b3b488d7308488d53104c8d532041b800100000b8420100000f05"
                  + "bf7f000000b83c0000000f05");

  private static final byte[] PAUSE = HexFormat.of().parseHex("b8220000000f05ebf7");
  private static final int CODE_AT = 176;
  private static final long ORIGIN = 0x10000;
  private static final int CLONE_VM = 0x100;
  private static final int CLONE_VFORK = 0x4000;
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_EXEC = 0x10;
  private static final String NAME = "criu-lazy-husk";

  private BareProcess() {}

  /** Starts one; the caller ends and reaps it. The result is its pid. */
  public static int start() throws SysException {
    int program = program();
    try (ClonedCode code = new ClonedCode("a new process", START)) {
      Pointer argument = code.argument();
      argument.putLong(0, program);
      argument.putAddress(16, argument.address() + 48);
      argument.putString(48, NAME, NAME.length() + 1, StandardCharsets.US_ASCII);
      int pid = code.start(CLONE_VM | CLONE_VFORK | ClonedCode.SIGCHLD);
      if (ChildProcess.reap(pid)) {
        throw new SysException(
            "execveat", "a new process; see the sysctl vm.memfd_noexec", -Errno.EACCES);
      }
      return pid;
    } finally {
      FileDescriptor.close(program);
    }
  }

  private static int program() throws SysException {
    NativeBuffer name = new NativeBuffer(NAME.length() + 1);
    name.putBytes(0, NAME.getBytes(StandardCharsets.US_ASCII));
    long made = LibC.call(SyscallNumbers.MEMFD_CREATE, name.address(), MFD_CLOEXEC | MFD_EXEC, 0);
    if (made == -Errno.EINVAL) { // before Linux 6.3
      made = LibC.call(SyscallNumbers.MEMFD_CREATE, name.address(), MFD_CLOEXEC, 0);
    }
    int fd = (int) SysException.check("memfd_create", "a new process's program", made);
    byte[] elf = elf();
    NativeBuffer bytes = new NativeBuffer(elf.length).putBytes(0, elf);
    try {
      SysException.check(
          "write",
          "a new process's program",
          LibC.call(SyscallNumbers.WRITE, fd, bytes.address(), elf.length));
    } catch (SysException e) {
      FileDescriptor.close(fd);
      throw e;
    }
    return fd;
  }

  private static byte[] elf() {
    ByteBuffer elf = ByteBuffer.allocate(CODE_AT + PAUSE.length).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7F, 'E', 'L', 'F', 2, 1, 1}).position(16); // 64 bit, little-endian
    elf.putShort((short) 2).putShort((short) 62).putInt(1); // ET_EXEC, EM_X86_64
    elf.putLong(ORIGIN + CODE_AT).putLong(64).putLong(0).putInt(0);
    elf.putShort((short) 64).putShort((short) 56).putShort((short) 2); // sizes; headers
    elf.position(64);
    programHeader(elf, 1, 5, ORIGIN, elf.capacity());
    programHeader(elf, 0x6474E551, 6, 0, 0);
    return elf.put(PAUSE).array();
  }

  private static void programHeader(ByteBuffer elf, int type, int flags, long address, long bytes) {
    elf.putInt(type).putInt(flags).putLong(0).putLong(address).putLong(address);
    elf.putLong(bytes).putLong(bytes).putLong(0x1000);
  }
}
