package io.criulazy.client.bpf;

import static io.criulazy.client.bpf.BpfCode.R0;
import static io.criulazy.client.bpf.BpfCode.R1;
import static io.criulazy.client.bpf.BpfCode.R10;
import static io.criulazy.client.bpf.BpfCode.R2;
import static io.criulazy.client.bpf.BpfCode.R3;
import static io.criulazy.client.bpf.BpfCode.R6;

import io.criulazy.client.sys.Bpf;
import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SharedMapping;
import io.criulazy.client.sys.SysException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads the kernel's memory: a program copies what is asked for into a map that is mapped here. An
 * address that is not the kernel's, or is not there, is an error and nothing worse. What is read
 * may change meanwhile: whoever wants it consistent stops who changes it. One thread at a time.
 */
public final class KernelMemory implements AutoCloseable {
  /** So much is read at once. */
  static final int CHUNK_BYTES = 1 << 16;

  private static final int HELPER_MAP_LOOKUP_PERCPU_ELEM = 195;
  private static final int HELPER_GET_CURRENT_TASK = 35;
  private static final int HELPER_PROBE_READ_KERNEL = 113;

  /** The licence of the two programs below, of which the kernel asks that it goes with the GPL. */
  private static final String LICENSE = "Dual MIT/GPL";

  private final NativeBuffer request = new NativeBuffer(16);
  private final int map;
  private final int peek;
  private final int current;
  private final SharedMapping value;

  private KernelMemory(int map, int peek, int current, SharedMapping value) {
    this.map = map;
    this.peek = peek;
    this.current = current;
    this.value = value;
  }

  /**
   * Loads the programs.
   *
   * @throws SysException if this process may not, or the kernel has no BPF
   */
  public static KernelMemory open() throws SysException {
    int map = Bpf.createMappableValue(CHUNK_BYTES);
    int peek = -1;
    int current = -1;
    try {
      peek = Bpf.loadCallable(peekCode(map), LICENSE);
      current = Bpf.loadCallable(currentCode(map), LICENSE);
      return new KernelMemory(
          map, peek, current, SharedMapping.map(map, 0, CHUNK_BYTES, "a BPF map"));
    } catch (SysException e) {
      FileDescriptor.close(map);
      if (peek >= 0) {
        FileDescriptor.close(peek);
      }
      if (current >= 0) {
        FileDescriptor.close(current);
      }
      throw e;
    }
  }

  /** {@code probe_read_kernel(value, context.length, context.address)}. */
  static byte[] peekCode(int map) {
    return new BpfCode(12)
        .move(R6, R1)
        .loadMapValue(R1, map)
        .loadLong(R2, R6, 8)
        .set(R0, -1)
        .skipIfAbove(R2, CHUNK_BYTES, 2)
        .loadLong(R3, R6, 0)
        .call(HELPER_PROBE_READ_KERNEL)
        .exit()
        .bytes();
  }

  /** {@code value[0] = get_current_task()}. */
  static byte[] currentCode(int map) {
    return new BpfCode(8)
        .call(HELPER_GET_CURRENT_TASK)
        .loadMapValue(R1, map)
        .storeLong(R1, 0, R0)
        .set(R0, 0)
        .exit()
        .bytes();
  }

  /** Address of the calling thread's task_struct. */
  public long currentTask() throws SysException {
    Bpf.run(current, request);
    return value.getLong(0);
  }

  /**
   * Where a per-CPU map's value for a processor is, which tells how per-CPU pointers are to be
   * read.
   *
   * @param perCpuMap a descriptor of {@link Bpf#createPerCpuValue}
   */
  long perCpuValue(int perCpuMap, int cpu) throws SysException {
    int program = Bpf.loadCallable(perCpuCode(perCpuMap, map), LICENSE);
    try {
      request.putLong(0, cpu);
      return Bpf.run(program, request) == 1 ? value.getLong(0) : 0;
    } finally {
      FileDescriptor.close(program);
    }
  }

  /** {@code value[0] = map_lookup_percpu_elem(perCpuMap, &0, context.address)}. */
  static byte[] perCpuCode(int perCpuMap, int map) {
    return new BpfCode(20)
        .loadLong(R3, R1, 0)
        .storeInt(R10, -4, 0)
        .move(R2, R10)
        .add(R2, -4)
        .loadMap(R1, perCpuMap)
        .call(HELPER_MAP_LOOKUP_PERCPU_ELEM)
        .skipIfZero(R0, 4)
        .loadMapValue(R1, map)
        .storeLong(R1, 0, R0)
        .set(R0, 1)
        .exit()
        .bytes();
  }

  /**
   * Reads bytes, as the kernel has them in its memory.
   *
   * @throws SysException if they are not all there
   */
  public ByteBuffer read(long address, int lengthBytes) throws SysException {
    ByteBuffer bytes = ByteBuffer.allocate(lengthBytes).order(ByteOrder.nativeOrder());
    for (int done = 0; done < lengthBytes; done += CHUNK_BYTES) {
      int part = Math.min(CHUNK_BYTES, lengthBytes - done);
      request.putLong(0, address + done).putLong(8, part);
      int result = Bpf.run(peek, request);
      SysException.check("probe_read_kernel", "0x" + Long.toHexString(address + done), result);
      bytes.put(value.getBytes(0, part));
    }
    return bytes.flip();
  }

  /** Reads a number or an address. */
  public long readLong(long address) throws SysException {
    return read(address, Long.BYTES).getLong(0);
  }

  @Override
  public void close() {
    value.close();
    FileDescriptor.close(map);
    FileDescriptor.close(peek);
    FileDescriptor.close(current);
  }
}
