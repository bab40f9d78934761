package io.criulazy.proto.image;

/**
 * One mapping of a dumped task, as {@code mm-PID.img} tells of it.
 *
 * @param start first address, bytes, unsigned
 * @param end first address behind it
 * @param prot PROT_* of mmap(2)
 * @param flags MAP_* of mmap(2), numbers of the generic Linux ABI (x86-64, arm64, riscv64, s390x)
 * @param status what CRIU found it to be, bits of {@link VmaStatus}
 * @param shmid id of the mapped file, or of the shared memory ({@code pagemap-shmem-ID.img})
 * @param advice what the task advised with madvise(2): bit n is MADV_n
 */
public record Vma(long start, long end, int prot, int flags, int status, long shmid, long advice) {
  private static final int MAP_PRIVATE = 0x02;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_LOCKED = 0x2000;
  private static final int MAP_HUGETLB = 0x40000;
  private static final int MADV_WIPEONFORK = 18;
  private static final int NEVER_LAZY_STATUS =
      VmaStatus.VDSO | VmaStatus.VVAR | VmaStatus.VSYSCALL | VmaStatus.GUARD;

  static Vma of(VmaEntry entry) {
    return new Vma(
        entry.getStart(),
        entry.getEnd(),
        entry.getProt(),
        entry.getFlags(),
        entry.getStatus(),
        entry.getShmid(),
        entry.getMadv());
  }

  /** Bytes. */
  public long length() {
    return end - start;
  }

  /**
   * Whether {@code criu restore --lazy-pages} registers the mapping with userfaultfd: private,
   * anonymous, neither locked nor of huge pages, and not the kernel's own. Only the pages in it
   * whose pagemap entry is marked lazy are left out of the restore; the others are there already.
   */
  public boolean canBeLazy() {
    return (flags & (MAP_PRIVATE | MAP_ANONYMOUS)) == (MAP_PRIVATE | MAP_ANONYMOUS)
        && (flags & (MAP_LOCKED | MAP_HUGETLB)) == 0
        && (status & NEVER_LAZY_STATUS) == 0;
  }

  /** Whether a child that the task forks sees zeros there. */
  public boolean isWipedOnFork() {
    return (advice & 1L << MADV_WIPEONFORK) != 0;
  }

  /** What it is, in one word for people. */
  public String kind() {
    return VmaStatus.kind(status);
  }
}
