package io.criulazy.proto.image;

/** Bits of {@link VmaEntry#getStatus()}: what CRIU found a mapping to be. */
public final class VmaStatus {
  /** Dumped and restored like any memory. */
  public static final int REGULAR = 1;

  /** A thread's or the main stack that grows down. */
  public static final int STACK = 1 << 1;

  /** The kernel's vsyscall page, above all user addresses. */
  public static final int VSYSCALL = 1 << 2;

  /** The kernel's vDSO. */
  public static final int VDSO = 1 << 3;

  /** The brk heap. */
  public static final int HEAP = 1 << 5;

  /** A private mapping of a file. */
  public static final int FILE_PRIVATE = 1 << 6;

  /** A shared mapping of a file. */
  public static final int FILE_SHARED = 1 << 7;

  /** Shared anonymous memory: its pages are in {@code pagemap-shmem-SHMID.img}. */
  public static final int ANON_SHARED = 1 << 8;

  /** Private anonymous memory: what can be restored lazily. */
  public static final int ANON_PRIVATE = 1 << 9;

  /** A System V shared memory segment. */
  public static final int SYSV_IPC = 1 << 10;

  /** A mapping of a packet socket. */
  public static final int SOCKET = 1 << 11;

  /** The kernel's vvar pages beside the vDSO. */
  public static final int VVAR = 1 << 12;

  /** The ring of an AIO context. */
  public static final int AIO_RING = 1 << 13;

  /** A mapping of a memfd. */
  public static final int MEMFD = 1 << 14;

  /** A shadow stack. */
  public static final int SHADOW_STACK = 1 << 15;

  /** Not a mapping: guard pages (MADV_GUARD_INSTALL) inside the others. */
  public static final int GUARD = 1 << 16;

  /** The kernel's uprobes page. */
  public static final int UPROBES = 1 << 17;

  private static final int[] KIND_BITS = {
    GUARD,
    UPROBES,
    VSYSCALL,
    VDSO,
    VVAR,
    AIO_RING,
    SHADOW_STACK,
    SYSV_IPC,
    MEMFD,
    SOCKET,
    STACK,
    HEAP,
    FILE_PRIVATE,
    FILE_SHARED,
    ANON_SHARED,
    ANON_PRIVATE
  };
  private static final String[] KIND_NAMES = {
    "guard",
    "uprobes",
    "vsyscall",
    "vdso",
    "vvar",
    "aio-ring",
    "shadow-stack",
    "sysv-shm",
    "memfd",
    "packet-socket",
    "stack",
    "heap",
    "file",
    "file-shared",
    "anon-shared",
    "anon"
  };

  private VmaStatus() {}

  /** The most telling of the bits, as one word; "other" if none is known. */
  static String kind(int status) {
    for (int i = 0; i < KIND_BITS.length; i++) {
      if ((status & KIND_BITS[i]) != 0) {
        return KIND_NAMES[i];
      }
    }
    return "other";
  }
}
