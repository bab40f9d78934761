package io.criulazy.client.restore;

import io.criulazy.client.restore.files.OpenFiles;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.VmaStatus;
import io.criulazy.proto.image.memory.VmArea;
import java.io.IOException;

/** Opens in a husk what its mappings are mappings of. One file is held open at a time. */
final class MappedFiles {
  private static final int AT_FDCWD = -100;
  private static final int O_RDWR = 2;
  private static final int O_CLOEXEC = 0x80000;
  private static final int O_CREATION = 0x2C0; // O_CREAT | O_EXCL | O_TRUNC

  private final Workshop workshop;
  private final SavedTree tree;
  private final SharedMemories shared;
  private final OpenFiles files;
  private String openPath = "";
  private int openFlags;
  private long openFd = -1;

  MappedFiles(Workshop workshop, SavedTree tree, SharedMemories shared, OpenFiles files) {
    this.files = files;
    this.workshop = workshop;
    this.tree = tree;
    this.shared = shared;
  }

  /**
   * What to map.
   *
   * @param fd in the husk, or -1 for anonymous memory
   * @param offset bytes
   */
  record Source(long fd, long offset) {}

  /** What a mapping is a mapping of; good until the next one is asked for. */
  Source source(VmArea area) throws IOException {
    if (SharedMemories.isOne(area)) {
      return new Source(open(shared.link(area.shmid()), O_RDWR), area.pgoff());
    }
    if ((area.status() & (VmaStatus.FILE_PRIVATE | VmaStatus.FILE_SHARED)) != 0) {
      int flags = area.fdflags().orElse(0) & ~O_CREATION;
      return new Source(open(path((int) area.shmid()), flags), area.pgoff());
    }
    return new Source(-1, 0);
  }

  private String path(int fileId) throws IOException {
    return tree.file(fileId).memfd().isPresent() ? files.memfdPath(fileId) : tree.path(fileId);
  }

  private long open(String path, int flags) throws IOException {
    if (openFd >= 0 && openPath.equals(path) && openFlags == flags) {
      return openFd;
    }
    done();
    long name = workshop.put(path);
    openFd =
        workshop.must(
            "open of " + path, SyscallNumbers.OPENAT, AT_FDCWD, name, flags | O_CLOEXEC, 0);
    openPath = path;
    openFlags = flags;
    return openFd;
  }

  /** Nothing more is mapped. */
  void done() throws IOException {
    if (openFd >= 0) {
      workshop.must("close", SyscallNumbers.CLOSE, openFd);
      openFd = -1;
    }
  }
}
