package io.criulazy.client.dump.files;

import io.criulazy.client.dump.Refusals;
import io.criulazy.client.dump.proc.FileStatus;
import io.criulazy.client.sys.OpenedFile;
import io.criulazy.proto.image.files.FileOwner;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.Memfd;
import io.criulazy.proto.image.files.RegularFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntFunction;

/** The files of a dump with their ids, as {@code files.img} will list them. One thread. */
public final class FileTable {
  /** Nobody is told of the file's readiness by a signal. */
  static final FileOwner NO_OWNER = new FileOwner(0, 0, 0, 0, 0);

  private static final String DELETED = " (deleted)";

  /** A file that is mapped, whatever else is done with it. */
  private record Inode(long device, long number) {}

  private final Refusals refusals;
  private final SharedMemories memories = new SharedMemories();
  private final List<FileRecord> records = new ArrayList<>();
  private final Map<Inode, Integer> mapped = new HashMap<>();
  private final Set<Long> aioRings = new HashSet<>();
  private int lastId;

  public FileTable(Refusals refusals) {
    this.refusals = refusals;
  }

  /** All files so far. */
  public List<FileRecord> records() {
    return List.copyOf(records);
  }

  /** Memory that files of memfd_create(2) and shared anonymous mappings stand for. */
  public SharedMemories memories() {
    return memories;
  }

  int typeOf(int id) {
    return records.get(id - 1).type();
  }

  /** F_SEAL_* of a memfd that is mapped and may not be open any more. */
  public int sealsOf(Path content) throws IOException {
    try (OpenedFile file = OpenedFile.open(content)) {
      return file.seals();
    }
  }

  int add(IntFunction<FileRecord> record) {
    int id = ++lastId;
    records.add(record.apply(id));
    return id;
  }

  /**
   * A file for a mapping, an executable or a directory of a process: it is not an open file of
   * anybody, so equal files have one id.
   *
   * @param name its path, from a link of /proc
   * @param who for a refusal: {@code mapping 1000-2000 of process 42}
   */
  public int unopened(String name, FileStatus status, String who) throws IOException {
    Integer known = mapped.get(new Inode(status.device(), status.inode()));
    if (known != null) {
      return known;
    }
    requireReachable(name, status, who);
    int id = add(number -> FileRecord.of(regular(number, name, 0, 0, status)));
    mapped.put(new Inode(status.device(), status.inode()), id);
    return id;
  }

  /**
   * Whether the ring of an AIO context was not found in another process before. A context belongs
   * to one process, and parents come before their children.
   */
  public boolean isFirstToMap(long ringInode) {
    return aioRings.add(ringInode);
  }

  /** The same of shared memory that has no path. */
  public int unopenedMemory(String name, FileStatus status, Path content, int seals)
      throws IOException {
    Integer known = mapped.get(new Inode(status.device(), status.inode()));
    if (known != null) {
      return known;
    }
    int inode = memories.inodeOf(name, status, content, seals);
    int id = add(number -> FileRecord.of(new Memfd(number, 0, 0, NO_OWNER, inode)));
    mapped.put(new Inode(status.device(), status.inode()), id);
    return id;
  }

  static RegularFile regular(int id, String name, int flags, long position, FileStatus status) {
    return new RegularFile(
        id,
        flags,
        position,
        NO_OWNER,
        name,
        OptionalInt.empty(),
        status.isRegular() ? OptionalLong.of(status.size()) : OptionalLong.empty(),
        Optional.empty(),
        OptionalInt.of(status.mode()),
        List.of(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalInt.empty());
  }

  /** A restore opens the file by its name: it must be that file. */
  void requireReachable(String name, FileStatus status, String who) throws IOException {
    if (status.links() == 0 || (name.endsWith(DELETED) && !isThere(name, status))) {
      refusals.add(who + " is a file that was deleted");
    } else if (!isThere(name, status)) {
      refusals.add(who + " can't be reached by its name " + name + " from here");
    }
  }

  private static boolean isThere(String name, FileStatus status) throws IOException {
    try {
      return name.startsWith("/") && FileStatus.of(Path.of(name)).isSameFile(status);
    } catch (NoSuchFileException | java.nio.file.InvalidPathException e) {
      return false;
    } catch (java.nio.file.FileSystemException e) {
      return false; // a part of the path is no directory any more
    }
  }
}
