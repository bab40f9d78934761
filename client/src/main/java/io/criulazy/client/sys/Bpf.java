package io.criulazy.client.sys;

import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;

/**
 * bpf(2): maps, programs that are called, and what the verifier says about them (uapi linux/bpf.h).
 * Needs CAP_BPF and CAP_PERFMON, and a kernel that is not locked down.
 */
public final class Bpf {
  private static final int MAP_CREATE = 0;
  private static final int PROG_LOAD = 5;
  private static final int PROG_TEST_RUN = 10;

  private static final int MAP_TYPE_ARRAY = 2;
  private static final int MAP_TYPE_PERCPU_ARRAY = 6;
  private static final int MAP_MMAPABLE = 0x400;
  private static final int PROG_TYPE_SYSCALL = 31;
  private static final int PROG_SLEEPABLE = 0x10;

  private static final int ATTRIBUTE_BYTES = 128;
  private static final int LOG_BYTES = 1 << 16;
  private static final int INSTRUCTION_BYTES = 8;

  private Bpf() {}

  /** An array map with one value that can be mapped; its descriptor, owned by the caller. */
  public static int createMappableValue(int valueBytes) throws SysException {
    return createMap(MAP_TYPE_ARRAY, valueBytes, MAP_MMAPABLE);
  }

  /** An array map with one 64-bit value for each processor; owned by the caller. */
  public static int createPerCpuValue() throws SysException {
    return createMap(MAP_TYPE_PERCPU_ARRAY, Long.BYTES, 0);
  }

  private static int createMap(int type, int valueBytes, int flags) throws SysException {
    NativeBuffer attribute = new NativeBuffer(ATTRIBUTE_BYTES);
    attribute.putInt(0, type).putInt(4, Integer.BYTES).putInt(8, valueBytes);
    attribute.putInt(12, 1).putInt(16, flags);
    return (int) SysException.check("bpf(MAP_CREATE)", "a map", bpf(MAP_CREATE, attribute));
  }

  /**
   * Loads a program that {@link #run} calls.
   *
   * @param license as the kernel knows it: helpers that read kernel memory ask for a GPL-compatible
   *     one
   * @return its descriptor, owned by the caller
   * @throws SysException naming what the verifier had to say
   */
  public static int loadCallable(byte[] instructions, String license) throws SysException {
    NativeBuffer code = new NativeBuffer(instructions.length).putBytes(0, instructions);
    byte[] name = (license + '\0').getBytes(StandardCharsets.US_ASCII);
    NativeBuffer licenseText = new NativeBuffer(name.length).putBytes(0, name);
    NativeBuffer attribute = new NativeBuffer(ATTRIBUTE_BYTES);
    attribute.putInt(0, PROG_TYPE_SYSCALL).putInt(4, instructions.length / INSTRUCTION_BYTES);
    attribute.putLong(8, code.address()).putLong(16, licenseText.address());
    attribute.putInt(44, PROG_SLEEPABLE);
    long result = bpf(PROG_LOAD, attribute);
    String subject = result == -Errno.EACCES || result == -Errno.EINVAL ? verdict(attribute) : "";
    Reference.reachabilityFence(code); // for the second call
    Reference.reachabilityFence(licenseText);
    return (int) SysException.check("bpf(PROG_LOAD)", "a program" + subject, result);
  }

  /** Loads once more, for the verifier's words. */
  private static String verdict(NativeBuffer attribute) {
    NativeBuffer log = new NativeBuffer(LOG_BYTES);
    attribute.putInt(24, 1).putInt(28, LOG_BYTES).putLong(32, log.address());
    long again = bpf(PROG_LOAD, attribute);
    if (again >= 0) {
      FileDescriptor.close((int) again);
    }
    byte[] bytes = log.getBytes(0, LOG_BYTES);
    return " (" + new String(bytes, StandardCharsets.ISO_8859_1).split("\0", 2)[0].strip() + ")";
  }

  /**
   * Calls a program on this thread.
   *
   * @param context what its first register points to; it may change it
   * @return what it returned: 32 bits
   */
  public static int run(int program, NativeBuffer context) throws SysException {
    NativeBuffer attribute = new NativeBuffer(ATTRIBUTE_BYTES);
    attribute.putInt(0, program).putInt(40, context.sizeBytes()).putLong(48, context.address());
    SysException.check("bpf(PROG_TEST_RUN)", "a program", bpf(PROG_TEST_RUN, attribute));
    return attribute.getInt(4);
  }

  private static long bpf(int command, NativeBuffer attribute) {
    return LibC.call(SyscallNumbers.BPF, command, attribute.address(), ATTRIBUTE_BYTES);
  }
}
