package io.criulazy.client.restore.files;

import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.Memfd;
import io.criulazy.proto.image.files.MemfdInode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * Memfds with their content, made in this process when somebody first needs them, and held until
 * all have opened them: a memfd knows nothing of who made it.
 */
final class MemfdStore implements AutoCloseable {
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int F_ADD_SEALS = 1033;
  private static final int SEALED = 1; // F_SEAL_SEAL: what a memfd without sealing has
  private static final int PERMISSIONS = 07777;

  private final FileImages images;
  private final Map<Long, MemfdInode> inodes = new HashMap<>();
  private final Map<Long, Integer> made = new HashMap<>();

  MemfdStore(FileImages images) throws IOException {
    this.images = images;
    for (MemfdInode inode : images.records().memfds()) {
      inodes.put(inode.inodeId(), inode);
    }
  }

  /** Why a memfd can't be made, or null. */
  String cause(Memfd memfd) {
    MemfdInode inode = inodes.get(Integer.toUnsignedLong(memfd.inodeId()));
    if (inode == null) {
      return "a memfd that memfd.img does not have: the images are damaged";
    }
    return inode.hugetlbFlag().orElse(0) != 0
        ? "the memfd \"" + inode.name() + "\" of huge pages"
        : null;
  }

  /** What leads to it, while this is open. */
  String path(int fileId) throws IOException {
    FileRecord file = images.file(fileId);
    Memfd memfd = file == null ? null : file.memfd().orElse(null);
    if (memfd == null || cause(memfd) != null) {
      throw new IOException(
          "%s: file %d is no memfd that can be made"
              .formatted(images.images().directory(), fileId));
    }
    long id = Integer.toUnsignedLong(memfd.inodeId());
    if (!made.containsKey(id)) {
      made.put(id, make(inodes.get(id)));
    }
    return link((int) ProcessHandle.current().pid(), made.get(id));
  }

  private static String link(int pid, int fd) {
    return "/proc/" + pid + "/fd/" + fd;
  }

  private int make(MemfdInode inode) throws IOException {
    String subject = "memfd \"" + inode.name() + "\"";
    byte[] name = inode.name().getBytes(StandardCharsets.UTF_8);
    NativeBuffer text = new NativeBuffer(name.length + 1).putBytes(0, name);
    int flags = inode.seals() == SEALED ? MFD_CLOEXEC : MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd =
        (int)
            SysException.check(
                "memfd_create",
                subject,
                SystemCall.call(SyscallNumbers.MEMFD_CREATE, text.address(), flags));
    try {
      SysException.check(
          "ftruncate", subject, SystemCall.call(SyscallNumbers.FTRUNCATE, fd, inode.size()));
      fill(inode, fd);
      SysException.check(
          "fchown", subject, SystemCall.call(SyscallNumbers.FCHOWN, fd, inode.uid(), inode.gid()));
      if (inode.mode().isPresent()) {
        int mode = inode.mode().getAsInt() & PERMISSIONS;
        SysException.check("fchmod", subject, SystemCall.call(SyscallNumbers.FCHMOD, fd, mode));
      }
      return fd;
    } catch (IOException | RuntimeException e) {
      FileDescriptor.close(fd);
      throw e;
    }
  }

  private void fill(MemfdInode inode, int fd) throws IOException {
    ImageSet set = images.images();
    try (FileChannel file =
        FileChannel.open(
            Path.of(link((int) ProcessHandle.current().pid(), fd)), StandardOpenOption.WRITE)) {
      SharedContent.read(
          set,
          Integer.toUnsignedLong(inode.shmid()),
          inode.size(),
          (offset, bytes) -> {
            long left = inode.size() - offset;
            bytes.limit((int) Math.min(bytes.limit(), left)); // the last page may be cut
            while (bytes.hasRemaining()) {
              file.write(bytes, offset + bytes.position());
            }
          });
    }
  }

  /** Seals them: whoever has a right to write has opened or mapped them by now. */
  void seal() throws IOException {
    for (Map.Entry<Long, Integer> memfd : made.entrySet()) {
      int seals = inodes.get(memfd.getKey()).seals();
      if (seals != 0 && seals != SEALED) {
        SysException.check(
            "fcntl(F_ADD_SEALS)",
            "memfd \"" + inodes.get(memfd.getKey()).name() + "\"",
            SystemCall.call(SyscallNumbers.FCNTL, memfd.getValue(), F_ADD_SEALS, seals));
      }
    }
  }

  @Override
  public void close() {
    made.values().forEach(FileDescriptor::close);
    made.clear();
  }
}
