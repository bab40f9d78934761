package io.criulazy.client.dump.task;

import static io.criulazy.client.trace.X86Architecture.*;

import io.criulazy.client.engine.XsaveArea;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.Ptrace;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.trace.Registers;
import io.criulazy.client.trace.TraceException;
import io.criulazy.client.trace.TracedThread;
import io.criulazy.client.trace.XsaveLayout;
import io.criulazy.proto.image.task.FloatingPoint;
import io.criulazy.proto.image.task.GeneralRegisters;
import java.io.IOException;
import java.util.OptionalInt;

/** The registers of a stopped thread. */
final class ThreadRegisters {
  private static final int AREA_BYTES = 1 << 14;
  private static final int SYSCALL_INSTRUCTION_BYTES = 2;
  private static final long EINTR = -4;
  private static final long FIRST_RESTART = -516;
  private static final long LAST_RESTART = -512;
  private static final long RESTART_SYSCALL = 219;

  private ThreadRegisters() {}

  /**
   * The general ones.
   *
   * <p>An interrupted system call is made again, from its beginning: what the kernel remembers of
   * it does not go into images. A sleep with a time-out then sleeps all of it again, unless it had
   * been interrupted before: then it ends with EINTR, for its number is not known any more.
   */
  static GeneralRegisters general(TracedThread thread) {
    Registers r = again(thread.registers());
    return new GeneralRegisters(
        r.get(R15),
        r.get(R14),
        r.get(R13),
        r.get(R12),
        r.get(RBP),
        r.get(RBX),
        r.get(R11),
        r.get(R10),
        r.get(R9),
        r.get(R8),
        r.get(RAX),
        r.get(RCX),
        r.get(RDX),
        r.get(RSI),
        r.get(RDI),
        r.get(ORIG_RAX),
        r.get(RIP),
        r.get(CS),
        r.get(FLAGS),
        r.get(RSP),
        r.get(SS),
        r.get(FS_BASE),
        r.get(GS_BASE),
        r.get(DS),
        r.get(ES),
        r.get(FS),
        r.get(GS),
        OptionalInt.of(GeneralRegisters.NATIVE));
  }

  static Registers again(Registers registers) {
    long call = registers.get(ORIG_RAX);
    long result = registers.get(RAX);
    if (call < 0 || result < FIRST_RESTART || result > LAST_RESTART) {
      return registers;
    }
    if (call == RESTART_SYSCALL) {
      return registers.with(RAX, EINTR);
    }
    return registers.with(RAX, call).with(RIP, registers.get(RIP) - SYSCALL_INSTRUCTION_BYTES);
  }

  /** The others. */
  static FloatingPoint extended(TracedThread thread, XsaveLayout layout) throws IOException {
    NativeBuffer area = new NativeBuffer(AREA_BYTES);
    long length =
        SysException.check(
            "ptrace(PTRACE_GETREGSET)",
            thread.toString(),
            thread.request(tid -> Ptrace.readRegisters(tid, Ptrace.X86_EXTENDED_STATE, area)));
    byte[] bytes = area.getBytes(0, (int) length);
    long unknown = XsaveArea.unknownComponents(bytes);
    if (unknown != 0) {
      throw new TraceException(
          "%s uses registers that images have no place for: XSAVE components 0x%x"
              .formatted(thread, unknown));
    }
    return XsaveArea.toImage(bytes, layout);
  }
}
