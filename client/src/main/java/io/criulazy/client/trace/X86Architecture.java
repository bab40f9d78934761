package io.criulazy.client.trace;

/**
 * x86-64.
 *
 * <pre>
 * struct user_regs_struct { unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx,
 *     si, di, orig_ax, ip, cs, flags, sp, ss, fs_base, gs_base, ds, es, fs, gs; };
 * </pre>
 */
public final class X86Architecture implements Architecture {
  public static final int R15 = 0;
  public static final int R14 = 1;
  public static final int R13 = 2;
  public static final int R12 = 3;
  public static final int RBP = 4;
  public static final int RBX = 5;
  public static final int R11 = 6;
  public static final int R10 = 7;
  public static final int R9 = 8;
  public static final int R8 = 9;
  public static final int RAX = 10;
  public static final int RCX = 11;
  public static final int RDX = 12;
  public static final int RSI = 13;
  public static final int RDI = 14;
  public static final int ORIG_RAX = 15;
  public static final int RIP = 16;
  public static final int CS = 17;
  public static final int FLAGS = 18;
  public static final int RSP = 19;
  public static final int SS = 20;
  public static final int FS_BASE = 21;
  public static final int GS_BASE = 22;
  public static final int DS = 23;
  public static final int ES = 24;
  public static final int FS = 25;
  public static final int GS = 26;

  /** How many words the set has. */
  public static final int COUNT = 27;

  static final X86Architecture INSTANCE = new X86Architecture();

  /** A thread that is not in a system call: the kernel restarts none. */
  private static final long NO_CALL = -1;

  private static final long CODE_SEGMENT_64 = 0x33;
  private static final long DIRECTION_AND_TRAP_FLAGS = 0x500;
  private static final int STACK_ALIGNMENT = 16;
  private static final int[] CALL_ARGUMENTS = {RDI, RSI, RDX, R10, R8, R9};
  private static final int[] FUNCTION_ARGUMENTS = {RDI, RSI, RDX, RCX, R8, R9};

  private X86Architecture() {}

  @Override
  public byte[] syscallInstruction() {
    return new byte[] {0x0F, 0x05};
  }

  @Override
  public byte[] stubEnd() {
    return new byte[] {(byte) 0xCC};
  }

  @Override
  public int registerCount() {
    return COUNT;
  }

  @Override
  public Registers forCall(Registers base, long instruction, long number, long... arguments) {
    return withArguments(base, CALL_ARGUMENTS, arguments)
        .with(RAX, number)
        .with(ORIG_RAX, NO_CALL)
        .with(RIP, instruction);
  }

  @Override
  public Registers forStub(Registers base, long code, long stackTop, long... arguments) {
    return withArguments(base, FUNCTION_ARGUMENTS, arguments)
        .with(RSP, stackTop & -STACK_ALIGNMENT)
        .with(FLAGS, base.get(FLAGS) & ~DIRECTION_AND_TRAP_FLAGS)
        .with(ORIG_RAX, NO_CALL)
        .with(RIP, code);
  }

  private static Registers withArguments(Registers base, int[] places, long... arguments) {
    if (arguments.length > places.length) {
      throw new IllegalArgumentException("more than six arguments");
    }
    Registers changed = base;
    for (int i = 0; i < places.length; i++) {
      changed = changed.with(places[i], i < arguments.length ? arguments[i] : 0);
    }
    return changed;
  }

  @Override
  public long result(Registers registers) {
    return registers.get(RAX);
  }

  @Override
  public long instructionPointer(Registers registers) {
    return registers.get(RIP);
  }

  @Override
  public Registers withInstructionPointer(Registers registers, long address) {
    return registers.with(RIP, address);
  }

  @Override
  public Registers madeAgain(Registers registers, long number, long result) {
    return registers.get(ORIG_RAX) == number && registers.get(RAX) == result
        ? registers
            .with(RAX, number)
            .with(ORIG_RAX, NO_CALL)
            .with(RIP, registers.get(RIP) - syscallInstruction().length)
        : null;
  }

  @Override
  public boolean isNative(Registers registers) {
    return registers.get(CS) == CODE_SEGMENT_64;
  }
}
