package io.criulazy.client.restore;

import io.criulazy.client.restore.files.SharedContent;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.proto.image.VmaStatus;
import io.criulazy.proto.image.memory.VmArea;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Shared anonymous memory of a tree. The factory makes it all, one memory behind the other, and
 * fills it; the tasks map it through /proc/PID/map_files of the factory.
 */
final class SharedMemories {
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED_ANONYMOUS_FIXED = 0x100021;

  private final ImageSet images;
  private final Map<Long, Long> sizes = new TreeMap<>();
  private final Map<Long, String> links = new HashMap<>();

  SharedMemories(SavedTree tree) {
    this.images = tree.images();
    for (SavedTask task : tree.tasks()) {
      for (VmArea area : task.mm().areas()) {
        if (isOne(area)) {
          sizes.merge(area.shmid(), area.pgoff() + area.end() - area.start(), Math::max);
        }
      }
    }
  }

  /** Whether a mapping is of one. System V shared memory has both bits. */
  static boolean isOne(VmArea area) {
    return (area.status() & (VmaStatus.ANON_SHARED | VmaStatus.SYSV_IPC)) == VmaStatus.ANON_SHARED;
  }

  /** How many bytes all of them take. */
  long totalBytes() {
    return sizes.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The file that leads to one of them. */
  String link(long shmid) {
    return links.get(shmid);
  }

  /** Makes all of them in the factory, from an address on. */
  void make(Workshop factory, long start) throws IOException {
    int pid = factory.thread().process().pid();
    long address = start;
    for (Map.Entry<Long, Long> memory : sizes.entrySet()) {
      long end = address + memory.getValue();
      factory.must(
          "mmap of shared memory",
          SyscallNumbers.MMAP,
          address,
          end - address,
          PROT_READ_WRITE,
          MAP_SHARED_ANONYMOUS_FIXED,
          -1,
          0);
      links.put(memory.getKey(), "/proc/%d/map_files/%x-%x".formatted(pid, address, end));
      long base = address;
      SharedContent.read(
          images,
          memory.getKey(),
          memory.getValue(),
          (offset, bytes) ->
              factory.thread().process().memory().write(base + offset, bytes.array()));
      address = end;
    }
  }
}
