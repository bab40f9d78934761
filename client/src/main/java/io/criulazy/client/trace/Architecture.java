package io.criulazy.client.trace;

/** What the tracer has to know about a processor: one implementation each. Stateless. */
public interface Architecture {
  /** The bytes of the instruction that enters the kernel. */
  byte[] syscallInstruction();

  /** The bytes that end a stub: they stop the thread with SIGTRAP. */
  byte[] stubEnd();

  /** How many words the general register set has. */
  int registerCount();

  /**
   * The registers with which a thread makes a system call.
   *
   * @param base the thread's own; what the call does not need stays
   * @param instruction address of a {@link #syscallInstruction}
   * @throws IllegalArgumentException if there are more than six arguments
   */
  Registers forCall(Registers base, long instruction, long number, long... arguments);

  /**
   * The registers with which a thread runs a stub.
   *
   * @param stackTop end of memory that the stub may use as its stack
   * @param arguments at most six, handed over as to a function
   */
  Registers forStub(Registers base, long code, long stackTop, long... arguments);

  /** What a system call or a stub has left as its result. */
  long result(Registers registers);

  /** The address of the next instruction. */
  long instructionPointer(Registers registers);

  /** The same registers with another next instruction. */
  Registers withInstructionPointer(Registers registers, long address);

  /**
   * The registers with which a thread makes a call again that it has just returned from.
   *
   * @param number the call
   * @param result what it returned
   * @return null if these are not registers of that call with that result
   */
  Registers madeAgain(Registers registers, long number, long result);

  /** Whether these are registers of a mode that calls can be injected into (64 bit, not compat). */
  boolean isNative(Registers registers);

  /** This machine's. */
  static Architecture current() {
    return X86Architecture.INSTANCE;
  }
}
