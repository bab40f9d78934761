package io.criulazy.client.sys;

import java.util.Optional;

/**
 * What the kernel tells of a System V shared memory segment (uapi asm-generic/shmbuf.h, ipcbuf.h).
 *
 * <pre>
 * struct shmid64_ds {
 *   struct ipc64_perm {
 *     int key;            0    unsigned uid, gid;     4, 8
 *     unsigned cuid, cgid;     12, 16
 *     unsigned mode;      20   unsigned short seq;    24
 *     unsigned long unused[2]; 32
 *   } shm_perm;
 *   size_t shm_segsz;     48   long shm_atime, shm_dtime, shm_ctime;  56, 64, 72
 *   int shm_cpid, shm_lpid;    80, 84
 *   unsigned long shm_nattch;  88   unsigned long unused[2];  96
 * };                           112 bytes
 * </pre>
 *
 * @param mode permissions, SHM_DEST and SHM_LOCKED
 * @param sizeBytes as shmget(2) was asked for
 * @param attached mappings of it, of all processes
 */
public record SysvSharedMemory(
    int key, int uid, int gid, int cuid, int cgid, int mode, long sizeBytes, long attached) {
  private static final int BYTES = 112;
  private static final int IPC_RMID = 0;
  private static final int IPC_STAT = 2;

  /** The segment of an id in this process's IPC namespace, if there is one. */
  public static Optional<SysvSharedMemory> of(int id) throws SysException {
    NativeBuffer told = new NativeBuffer(BYTES);
    long result = SystemCall.call(SyscallNumbers.SHMCTL, id, IPC_STAT, told.address());
    if (result == -Errno.EINVAL || result == -Errno.EIDRM) {
      return Optional.empty();
    }
    SysException.check("shmctl(IPC_STAT)", "segment " + id, result);
    return Optional.of(
        new SysvSharedMemory(
            told.getInt(0),
            told.getInt(4),
            told.getInt(8),
            told.getInt(12),
            told.getInt(16),
            told.getInt(20),
            told.getLong(48),
            told.getLong(88)));
  }

  /** Has it destroyed when nobody has it attached any more. */
  public static void remove(int id) throws SysException {
    SysException.check(
        "shmctl(IPC_RMID)",
        "segment " + id,
        SystemCall.call(SyscallNumbers.SHMCTL, id, IPC_RMID, 0));
  }

  /** The argument of shmctl(IPC_SET). */
  public static byte[] change(int uid, int gid, int mode) {
    return new NativeBuffer(BYTES)
        .putInt(4, uid)
        .putInt(8, gid)
        .putInt(20, mode)
        .getBytes(0, BYTES);
  }
}
