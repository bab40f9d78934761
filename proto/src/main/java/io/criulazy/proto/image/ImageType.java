package io.criulazy.proto.image;

/**
 * The kinds of image that criu-lazy reads or writes.
 *
 * <pre>
 * since v1.1   +--------------+------------+--------+---------+--------+---------+ ...
 *              | 0x54564319   | type magic | length | message | length | message |
 *              +--------------+------------+--------+---------+--------+---------+
 * before v1.1, +------------+--------+---------+ ...
 * inventory    | type magic | length | message |           all numbers u32, little endian
 *              +------------+--------+---------+
 * </pre>
 */
public enum ImageType {
  /** {@code inventory.img}: one {@link InventoryEntry}. Never has the common magic. */
  INVENTORY(0x58313116, 1 << 20),
  /** {@code pstree.img}: a {@link PstreeEntry} a task. */
  PSTREE(0x50273030, 4 << 20),
  /** {@code core-PID.img}: one {@link CoreEntry}. */
  CORE(0x55053847, 1 << 20),
  /** {@code mm-PID.img}: one {@link MmEntry}; 16 MiB hold 400,000 mappings. */
  MM(0x57492820, 16 << 20),
  /** {@code pagemap-PID.img}, {@code pagemap-shmem-ID.img}: see {@link PagemapReader}. */
  PAGEMAP(0x56084025, 1 << 16),
  /** {@code files.img}: a {@link FileEntry} an open file. */
  FILES(0x56303138, 1 << 20),
  /** {@code memfd.img}: a {@link MemfdInodeEntry} a memfd. */
  MEMFD(0x48453499, 1 << 20),
  /** {@code reg-files.img}: a {@link RegFileEntry} a regular file, in images of CRIU before 3.0. */
  REG_FILES(0x50363636, 1 << 20),
  /** {@code fdinfo-N.img}: a {@link io.criulazy.proto.image.files.FdInfo} a descriptor. */
  FDINFO(0x56213732, 1 << 16),
  /** {@code filelocks.img}: a {@link io.criulazy.proto.image.files.FileLock} a lock. */
  FILE_LOCKS(0x54323616, 1 << 16),
  /** {@code fs-PID.img}: one {@link io.criulazy.proto.image.task.FsContext}. */
  FS(0x51403912, 1 << 16),
  /** {@code ids-PID.img}: one {@link io.criulazy.proto.image.tree.KernelObjectIds}. */
  IDS(0x54432030, 1 << 16),
  /** {@code pipes-data.img}: see {@link io.criulazy.proto.image.files.PipeContent}. */
  PIPES_DATA(0x56453709, 1 << 16),
  /** {@code fifo-data.img}: the same of fifos. */
  FIFO_DATA(0x59333054, 1 << 16),
  /** {@code sk-queues.img}: see {@link io.criulazy.proto.image.files.SocketPacket}. */
  SK_QUEUES(0x56264026, 1 << 20),
  /** {@code remap-fpath.img}: see {@link io.criulazy.proto.image.files.PathRemap}. */
  REMAP_FPATH(0x59133954, 1 << 16),
  /** {@code timens-0.img}: one {@link io.criulazy.proto.image.tree.TimeOffsets}. */
  TIMENS(0x43114433, 1 << 16),
  /** {@code seccomp.img}: nothing but an empty record here. */
  SECCOMP(0x64413049, 1 << 20),
  /** {@code io-uring-PID.img}: criu-lazy's own, see {@link IoUringImage}; 16 MiB of memory. */
  IO_URING(0x4C5A5552, 24 << 20),
  /** {@code ipcns-shm-N.img}: a {@link io.criulazy.proto.image.memory.SysvSegment} a segment. */
  IPCNS_SHM(0x46283044, 1 << 16),
  /** {@code tty-info.img}: a {@link io.criulazy.proto.image.files.Terminal} a terminal. */
  TTY_INFO(0x59453036, 1 << 16);

  /** In front of all images since v1.1, but for the inventory. */
  static final int COMMON_MAGIC = 0x54564319;

  /** In front of service images: statistics and caches, nothing that is read here. */
  static final int SERVICE_MAGIC = 0x55105940;

  private final int magic;
  private final int maxRecordBytes;

  ImageType(int magic, int maxRecordBytes) {
    this.magic = magic;
    this.maxRecordBytes = maxRecordBytes;
  }

  int magic() {
    return magic;
  }

  /** No record is longer in an image that is to be believed. */
  int maxRecordBytes() {
    return maxRecordBytes;
  }

  /** For a message about a file that is something else. */
  static String describe(int magic) {
    for (ImageType type : values()) {
      if (type.magic == magic) {
        return String.format(
            "0x%08x (%s image)", magic, type.name().toLowerCase(java.util.Locale.ROOT));
      }
    }
    return String.format(magic == SERVICE_MAGIC ? "0x%08x (service image)" : "0x%08x", magic);
  }
}
