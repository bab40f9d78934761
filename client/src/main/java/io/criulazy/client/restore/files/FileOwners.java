package io.criulazy.client.restore.files;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.files.FileOwner;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Who is told of a file's readiness by a signal.
 *
 * <pre>
 * struct f_owner_ex { int type; pid_t pid; };
 * </pre>
 */
final class FileOwners {
  private static final int F_SETSIG = 10;
  private static final int F_SETOWN_EX = 15;
  private static final int ID_BYTES = 4;
  private static final int IDS = 3;

  private FileOwners() {}

  /** Sets the signal and the owner. The kernel keeps the ids of the task that sets it. */
  static void set(Husk husk, int fd, FileOwner owner) throws IOException {
    if (owner.signal() != 0) {
      husk.must("fcntl(F_SETSIG)", SyscallNumbers.FCNTL, fd, F_SETSIG, owner.signal());
    }
    if (owner.pid() == 0) {
      return;
    }
    ByteBuffer had = userIds(husk);
    setUserIds(husk, owner.uid(), owner.euid(), had.getInt(2 * ID_BYTES));
    byte[] argument =
        ForeignMemory.layout(2 * ID_BYTES).putInt(owner.pidType()).putInt(owner.pid()).array();
    long address = husk.put(argument);
    husk.must(
        "fcntl(F_SETOWN_EX) to " + owner.pid(), SyscallNumbers.FCNTL, fd, F_SETOWN_EX, address);
    setUserIds(husk, had.getInt(0), had.getInt(ID_BYTES), had.getInt(2 * ID_BYTES));
  }

  private static ByteBuffer userIds(Husk husk) throws IOException {
    long ids = husk.put(new byte[IDS * ID_BYTES]);
    husk.must("getresuid", SyscallNumbers.GETRESUID, ids, ids + ID_BYTES, ids + 2 * ID_BYTES);
    return ForeignMemory.layout(IDS * ID_BYTES).put(0, husk.read(ids, IDS * ID_BYTES));
  }

  private static void setUserIds(Husk husk, int real, int effective, int saved) throws IOException {
    husk.must("setresuid", SyscallNumbers.SETRESUID, real, effective, saved);
  }
}
