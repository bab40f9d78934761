package io.criulazy.proto.image.memory;

import io.criulazy.proto.image.codec.Field;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A System V shared memory segment of {@code ipcns-shm-NAMESPACE.img}.
 *
 * @param size bytes, as shmget(2) was asked for
 * @param inPagemaps whether its pages are in {@code pagemap-shmem-ID.img}, and not in this image
 * @param hugetlbFlag SHM_HUGETLB with the size, if it is of huge pages
 */
public record SysvSegment(
    @Field(1) SysvDescriptor descriptor,
    @Field(2) long size,
    @Field(3) Optional<Boolean> inPagemaps,
    @Field(4) OptionalInt hugetlbFlag) {
  private static final int SHM_DEST = 01000;
  private static final int SHM_LOCKED = 02000;
  private static final long PAGE_BYTES = 4096;

  /** Its id, which {@link VmArea#shmid} has. */
  public int id() {
    return descriptor.id();
  }

  /** Whether it goes when nobody has it attached any more. */
  public boolean isMarkedForDestruction() {
    return (descriptor.mode() & SHM_DEST) != 0;
  }

  /** Whether it is kept out of swap. */
  public boolean isLocked() {
    return (descriptor.mode() & SHM_LOCKED) != 0;
  }

  /** Bytes that it takes of an address space. */
  public long mappedBytes() {
    return (size + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
  }
}
