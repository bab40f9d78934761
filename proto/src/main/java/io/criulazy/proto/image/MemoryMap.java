package io.criulazy.proto.image;

import java.util.ArrayList;
import java.util.List;

/**
 * The address space of a dumped task: its mappings in ascending order, without those that are no
 * mappings (guard ranges). Immutable.
 */
public final class MemoryMap {
  private final List<Vma> vmas;

  private MemoryMap(List<Vma> vmas) {
    this.vmas = vmas;
  }

  /** The mappings of an image that {@link ImageDirectory#mm} has read, and so checked. */
  public static MemoryMap of(MmEntry mm) {
    List<Vma> vmas = new ArrayList<>(mm.getVmasCount());
    for (VmaEntry entry : mm.getVmasList()) {
      if ((entry.getStatus() & VmaStatus.GUARD) == 0) {
        vmas.add(Vma.of(entry));
      }
    }
    return new MemoryMap(List.copyOf(vmas));
  }

  /** All mappings, ascending, none overlapping another. */
  public List<Vma> vmas() {
    return vmas;
  }

  /** The mapping that contains the address (unsigned), or null. */
  public Vma at(long address) {
    int low = 0;
    int high = vmas.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Vma vma = vmas.get(middle);
      if (Long.compareUnsigned(address, vma.start()) < 0) {
        high = middle - 1;
      } else if (Long.compareUnsigned(address, vma.end()) >= 0) {
        low = middle + 1;
      } else {
        return vma;
      }
    }
    return null;
  }
}
