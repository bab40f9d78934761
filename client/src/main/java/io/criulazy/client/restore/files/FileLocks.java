package io.criulazy.client.restore.files;

import io.criulazy.client.sys.Errno;
import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.FileLock;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * Takes locks on files, last: a process loses its locks when it closes any descriptor of the file.
 *
 * <pre>
 * struct flock { short type, whence; s64 start, len; s32 pid; };     32 bytes
 * </pre>
 */
final class FileLocks implements Making {
  private static final int F_SETLK = 6;
  private static final int F_OFD_SETLK = 37;
  private static final int LOCK_SH_NB = 5;
  private static final int LOCK_EX_NB = 6;
  private static final int LOCK_BYTES = 32;

  private final List<FileLock> locks;

  private FileLocks(List<FileLock> locks) {
    this.locks = locks;
  }

  static void plan(Plan plan, FileImages images, List<FileLock> locks) {
    for (FileLock lock : locks) {
      String what = "the file lock at fd %d of task %d".formatted(lock.fd(), lock.pid());
      if (lock.kind() != FileLock.POSIX
          && lock.kind() != FileLock.FLOCK
          && lock.kind() != FileLock.OFD) {
        plan.refuse(what + " is a lease");
      } else if (lock.type() != 0 && lock.type() != 1) {
        plan.refuse(what + " is of the unknown type " + lock.type());
      } else if (!plan.isTask(lock.pid()) || !images.hasAll(lock.pid(), Set.of(lock.fd()))) {
        plan.refuse(what + " is of a file that is not open there");
      }
    }
    plan.add(new FileLocks(locks));
  }

  @Override
  public void make(Husks husks) {
    // There are no files yet.
  }

  @Override
  public void finish(Husks husks) throws IOException {
    for (FileLock lock : locks) {
      take(husks.of(lock.pid()), lock);
    }
  }

  private static void take(Husk husk, FileLock lock) throws IOException {
    long result;
    if (lock.kind() == FileLock.FLOCK) {
      int operation = lock.type() == 0 ? LOCK_SH_NB : LOCK_EX_NB;
      result = husk.call(SyscallNumbers.FLOCK, lock.fd(), operation);
    } else {
      byte[] argument =
          ForeignMemory.layout(LOCK_BYTES)
              .putShort(0, (short) lock.type())
              .putLong(8, lock.start())
              .putLong(16, lock.length())
              .array();
      int command = lock.kind() == FileLock.POSIX ? F_SETLK : F_OFD_SETLK;
      result = husk.call(SyscallNumbers.FCNTL, lock.fd(), command, husk.put(argument));
    }
    String where = "fd %d of task %d".formatted(lock.fd(), lock.pid());
    if (result == -Errno.EAGAIN) {
      throw new IOException(
          where + " has a lock on a file that somebody else has locked meanwhile: end that one");
    }
    SysException.check("a file lock", where, result);
  }
}
