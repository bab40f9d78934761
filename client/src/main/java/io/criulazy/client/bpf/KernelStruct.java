package io.criulazy.client.bpf;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A structure in the kernel, read at one moment: members by their names. Paths are those of {@link
 * Btf#member}. Immutable.
 */
public final class KernelStruct {
  private final Kernel kernel;
  private final String name;
  private final long address;
  private final ByteBuffer bytes;

  KernelStruct(Kernel kernel, String name, long address) throws IOException {
    this.kernel = kernel;
    this.name = name;
    this.address = address;
    this.bytes = kernel.memory().read(address, kernel.types().sizeOf(name));
  }

  /** Where it is. */
  public long address() {
    return address;
  }

  /** Whether this kernel's structure has such a member. */
  public boolean has(String path) throws IOException {
    return kernel.types().has(name, path);
  }

  /** Address of a member. */
  public long addressOf(String path) throws IOException {
    return address + kernel.types().member(name, path).byteOffset();
  }

  /** An unsigned number of any width up to 64 bits, a bit field, or an address. */
  public long number(String path) throws IOException {
    Btf.Member member = kernel.types().member(name, path);
    int first = member.byteOffset();
    int shift = (int) (member.bitOffset() % Byte.SIZE);
    long value = 0;
    for (int i = (shift + member.bits() + Byte.SIZE - 1) / Byte.SIZE - 1; i >= 0; i--) {
      value = value << Byte.SIZE | (bytes.get(first + i) & 0xff);
    }
    long mask = member.bits() >= Long.SIZE ? -1 : (1L << member.bits()) - 1;
    return value >>> shift & mask;
  }

  /** A signed 32-bit number. */
  public int signed(String path) throws IOException {
    return (int) number(path);
  }

  /** Whether a flag is set. */
  public boolean is(String path) throws IOException {
    return number(path) != 0;
  }

  /** The structure that a member points to, or null. */
  public KernelStruct follow(String path, String structure) throws IOException {
    long target = number(path);
    return target == 0 ? null : kernel.at(structure, target);
  }
}
