package io.criulazy.client.restore;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.PagesFile;
import io.criulazy.proto.image.VmaStatus;
import io.criulazy.proto.image.memory.VmArea;
import io.criulazy.proto.index.SeekIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Shared anonymous memory of a tree. The factory makes it all, one memory behind the other, and
 * fills it; the tasks map it through /proc/PID/map_files of the factory.
 */
final class SharedMemories {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED_ANONYMOUS_FIXED = 0x100021;

  private final ImageSet images;
  private final Map<Long, Long> sizes = new TreeMap<>();
  private final Map<Long, String> links = new HashMap<>();

  SharedMemories(SavedTree tree) {
    this.images = tree.images();
    for (SavedTask task : tree.tasks()) {
      for (VmArea area : task.mm().areas()) {
        if ((area.status() & VmaStatus.ANON_SHARED) != 0) {
          sizes.merge(area.shmid(), area.pgoff() + area.end() - area.start(), Math::max);
        }
      }
    }
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
      if (images.sharedMemoryIds().contains(memory.getKey())) {
        fill(memory.getKey(), factory.thread().process().memory(), address, memory.getValue());
      }
      address = end;
    }
  }

  private void fill(long shmid, ForeignMemory memory, long address, long sizeBytes)
      throws IOException {
    SeekIndex index = images.sharedMemoryIndex(shmid);
    for (int entry = 0; entry < index.entryCount(); entry++) {
      if (!index.present(entry)) {
        continue;
      }
      if (index.end(entry) > sizeBytes) {
        throw new IOException(
            "%s: shared memory has a page at %d, and ends at %d"
                .formatted(images.directory(), index.start(entry), sizeBytes));
      }
      copy(index, entry, memory, address);
    }
  }

  private void copy(SeekIndex index, int entry, ForeignMemory memory, long address)
      throws IOException {
    PagesFile file = images.pagesFile(index.file(entry));
    long length = index.end(entry) - index.start(entry);
    for (long done = 0; done < length; done += CHUNK_BYTES) {
      ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, length - done));
      file.read(index.fileOffset(entry) + done, chunk);
      memory.write(address + index.start(entry) + done, chunk.array());
    }
  }
}
