package io.criulazy.client.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Assembles BPF instructions (struct bpf_insn).
 *
 * <pre>
 * byte 0   1            2       4
 *      op  src:4 dst:4  offset  immediate      as numbers of this machine
 * </pre>
 */
final class BpfCode {
  static final int R0 = 0;
  static final int R1 = 1;
  static final int R2 = 2;
  static final int R3 = 3;
  static final int R6 = 6;

  /** The end of the stack. */
  static final int R10 = 10;

  private static final int INSTRUCTION_BYTES = 8;
  private static final int PSEUDO_MAP = 1;
  private static final int PSEUDO_MAP_VALUE = 2;

  private final ByteBuffer code;

  BpfCode(int maxInstructions) {
    code = ByteBuffer.allocate(maxInstructions * INSTRUCTION_BYTES).order(ByteOrder.nativeOrder());
  }

  /** {@code to = from}, 64 bits. */
  BpfCode move(int to, int from) {
    return put(0xBF, to, from, 0, 0);
  }

  /** {@code to = value}. */
  BpfCode set(int to, int value) {
    return put(0xB7, to, 0, 0, value);
  }

  /** {@code to = *(u64 *) (base + offset)}. */
  BpfCode loadLong(int to, int base, int offset) {
    return put(0x79, to, base, offset, 0);
  }

  /** {@code *(u64 *) (base + offset) = from}. */
  BpfCode storeLong(int base, int offset, int from) {
    return put(0x7B, base, from, offset, 0);
  }

  /** {@code to = } the address of a map's only value. Two instructions long. */
  BpfCode loadMapValue(int to, int mapFd) {
    put(0x18, to, PSEUDO_MAP_VALUE, 0, mapFd);
    return put(0, 0, 0, 0, 0);
  }

  /** {@code to = } a map. Two instructions long. */
  BpfCode loadMap(int to, int mapFd) {
    put(0x18, to, PSEUDO_MAP, 0, mapFd);
    return put(0, 0, 0, 0, 0);
  }

  /** {@code to += value}. */
  BpfCode add(int to, int value) {
    return put(0x07, to, 0, 0, value);
  }

  /** {@code *(u32 *) (base + offset) = value}. */
  BpfCode storeInt(int base, int offset, int value) {
    return put(0x62, base, 0, offset, value);
  }

  /** Skips so many instructions if a register is 0. */
  BpfCode skipIfZero(int register, int instructions) {
    return put(0x15, register, 0, instructions, 0);
  }

  /** Skips so many instructions if a register is above a value (unsigned). */
  BpfCode skipIfAbove(int register, int value, int instructions) {
    return put(0x25, register, 0, instructions, value);
  }

  /** Calls a helper of the kernel: arguments in R1 to R5, result in R0. */
  BpfCode call(int helper) {
    return put(0x85, 0, 0, 0, helper);
  }

  /** Returns R0. */
  BpfCode exit() {
    return put(0x95, 0, 0, 0, 0);
  }

  byte[] bytes() {
    byte[] bytes = new byte[code.position()];
    code.duplicate().flip().get(bytes);
    return bytes;
  }

  private BpfCode put(int operation, int to, int from, int offset, int immediate) {
    code.put((byte) operation).put((byte) (from << 4 | to));
    code.putShort((short) offset).putInt(immediate);
    return this;
  }
}
