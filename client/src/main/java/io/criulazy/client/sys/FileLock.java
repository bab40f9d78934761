package io.criulazy.client.sys;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A file that one program at a time may have locked (F_OFD_SETLK). The lock is the open file's: it
 * ends with the program, as soon as its {@link Keeper} has let go of the file.
 *
 * <pre>
 * struct flock { short type, whence; off_t start, len; pid_t pid; };   // 0 2 8 16 24
 * </pre>
 */
public final class FileLock implements AutoCloseable {
  private static final int O_RDWR_CREAT_CLOEXEC = 2 | 0x40 | 0x80000;
  private static final int OWNER_ONLY = 0600;
  private static final int F_OFD_SETLK = 37;
  private static final short F_WRLCK = 1;
  private static final int FLOCK_BYTES = 32;
  private static final long STEP_NS = 2_000_000;

  private final int fd;

  private FileLock(int fd) {
    this.fd = fd;
  }

  /** Locks a file, which is made if it is not there; null if another program has it locked. */
  private static FileLock tryLock(Path path) throws SysException {
    byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
    NativeBuffer cString = new NativeBuffer(name.length + 1).putBytes(0, name);
    long opened =
        LibC.call(SyscallNumbers.OPEN, cString.address(), O_RDWR_CREAT_CLOEXEC, OWNER_ONLY);
    int fd = (int) SysException.check("open", path.toString(), opened);
    NativeBuffer lock = new NativeBuffer(FLOCK_BYTES).putShort(0, F_WRLCK);
    long result = LibC.call(SyscallNumbers.FCNTL, fd, F_OFD_SETLK, lock.address());
    if (result == 0) {
      return new FileLock(fd);
    }
    FileDescriptor.close(fd);
    if (result == -Errno.EAGAIN || result == -Errno.EACCES) {
      return null;
    }
    throw new SysException("fcntl(F_OFD_SETLK)", path.toString(), result);
  }

  /**
   * The same, but waits for a while.
   *
   * @param millis the longest wait: a program that was just killed takes a moment to let go
   */
  public static Optional<FileLock> tryLockFor(Path path, long millis) throws SysException {
    long endNs = System.nanoTime() + millis * 1_000_000;
    FileLock lock = tryLock(path);
    while (lock == null && System.nanoTime() - endNs < 0) {
      LockSupport.parkNanos(STEP_NS);
      lock = tryLock(path);
    }
    return Optional.ofNullable(lock);
  }

  @Override
  public void close() {
    FileDescriptor.close(fd);
  }
}
