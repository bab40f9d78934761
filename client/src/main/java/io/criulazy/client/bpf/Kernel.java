package io.criulazy.client.bpf;

import io.criulazy.client.sys.Bpf;
import io.criulazy.client.sys.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The running kernel's structures. One thread at a time. */
public final class Kernel implements AutoCloseable {
  private static final int MAX_LIST = 1 << 20;
  private static final int SLOTS = 64;
  private static final int SLOT_BITS = 6;
  private static final long NODE_TAG = 2;
  private static final long FIRST_NODE = 4096;

  private final KernelMemory memory;
  private final Btf types;
  private long[] cpuOffsets;

  private Kernel(KernelMemory memory, Btf types) {
    this.memory = memory;
    this.types = types;
  }

  /**
   * Opens it.
   *
   * @throws IOException with the reason if the kernel does not let this process read it, or has no
   *     type information
   */
  public static Kernel open() throws IOException {
    Btf types = Btf.ofKernel();
    return new Kernel(KernelMemory.open(), types);
  }

  /** Its type information. */
  public Btf types() {
    return types;
  }

  KernelMemory memory() {
    return memory;
  }

  /** Reads bytes of its memory. */
  public ByteBuffer read(long address, int lengthBytes) throws IOException {
    return memory.read(address, lengthBytes);
  }

  /** Reads a number or an address. */
  public long readLong(long address) throws IOException {
    return memory.readLong(address);
  }

  /** Reads a structure. */
  public KernelStruct at(String structure, long address) throws IOException {
    return new KernelStruct(this, structure, address);
  }

  /** The calling thread's task. */
  public KernelStruct currentTask() throws IOException {
    return at("task_struct", memory.currentTask());
  }

  /**
   * The structures on a list.
   *
   * @param head address of its {@code struct list_head}
   * @param link the member by which they hang on it
   */
  public List<KernelStruct> list(long head, String structure, String link) throws IOException {
    int offset = types.member(structure, link).byteOffset();
    List<KernelStruct> found = new ArrayList<>();
    for (long at = readLong(head); at != head && at != 0; at = readLong(at)) {
      if (found.size() == MAX_LIST) {
        throw new IOException("a list of " + structure + " in the kernel does not end");
      }
      found.add(at(structure, at - offset));
    }
    return found;
  }

  /** How many nodes hang on a chain whose first word is the next one's address. */
  public int chainLength(long first) throws IOException {
    int length = 0;
    for (long at = first; at != 0; at = readLong(at)) {
      if (++length == MAX_LIST) {
        throw new IOException("a chain in the kernel does not end");
      }
    }
    return length;
  }

  /**
   * What an xarray holds: addresses by index.
   *
   * @param address of its {@code struct xarray}
   */
  public Map<Long, Long> xarray(long address) throws IOException {
    Map<Long, Long> entries = new TreeMap<>();
    walk(at("xarray", address).number("xa_head"), 0, entries);
    return entries;
  }

  private void walk(long entry, long index, Map<Long, Long> entries) throws IOException {
    if (entry == 0) {
      return;
    }
    if ((entry & 3) != NODE_TAG || Long.compareUnsigned(entry, FIRST_NODE) <= 0) {
      if ((entry & 3) == 0) {
        entries.put(index, entry);
      }
      return;
    }
    KernelStruct node = at("xa_node", entry - NODE_TAG);
    long shift = node.number("shift");
    ByteBuffer slots = read(node.addressOf("slots"), SLOTS * Long.BYTES);
    if (shift % SLOT_BITS != 0 || shift >= Long.SIZE || entries.size() > MAX_LIST) {
      throw new IOException("an xarray in the kernel is not one");
    }
    for (int i = 0; i < SLOTS; i++) {
      walk(slots.getLong(i * Long.BYTES), index + ((long) i << shift), entries);
    }
  }

  /**
   * The sum over all processors of a 32-bit number that each of them has for itself.
   *
   * @param address as a per-CPU pointer has it
   */
  public long sumOverCpus(long address) throws IOException {
    if (cpuOffsets == null) {
      cpuOffsets = readCpuOffsets();
    }
    long sum = 0;
    for (long offset : cpuOffsets) {
      sum += read(address + offset, Integer.BYTES).getInt(0);
    }
    return sum;
  }

  /** A map's per-CPU value: its pointer is in the map, and the kernel tells where it is. */
  private long[] readCpuOffsets() throws IOException {
    int map = Bpf.createPerCpuValue();
    try {
      KernelStruct array = KernelFiles.own(this, map).follow("private_data", "bpf_array");
      long pointer = readLong(array.addressOf("pptrs"));
      long[] offsets = new long[PossibleCpus.count()];
      for (int cpu = 0; cpu < offsets.length; cpu++) {
        offsets[cpu] = memory.perCpuValue(map, cpu) - pointer;
      }
      return offsets;
    } finally {
      FileDescriptor.close(map);
    }
  }

  @Override
  public void close() {
    memory.close();
  }
}
