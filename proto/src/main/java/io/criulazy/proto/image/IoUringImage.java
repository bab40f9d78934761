package io.criulazy.proto.image;

import io.criulazy.proto.image.codec.MessageCodec;
import io.criulazy.proto.image.rings.IoUringHead;
import io.criulazy.proto.image.rings.IoUringRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code io-uring-PID.img}: the rings that were taken away from a task before criu dumped it, in
 * CRIU's framing. docs/ring-images.md describes it.
 *
 * @param pid the task
 * @param stopped whether it was stopped by a signal before its rings were taken away
 * @param rings its rings; none if it was stopped for its AIO contexts only
 */
public record IoUringImage(int pid, boolean stopped, List<IoUringRing> rings) {
  /** The one version that there is. */
  public static final int VERSION = 1;

  private static final int MAX_QUEUE = 1 << 16;
  private static final long MAX_MEMORY_BYTES = 8 << 20;
  private static final int PAGE_BYTES = 4096;
  private static final int MAX_SLOTS = 1 << 20;
  private static final int MAX_PROT = 7;
  private static final MessageCodec<IoUringHead> HEAD = MessageCodec.of(IoUringHead.class);
  private static final MessageCodec<IoUringRing> RING = MessageCodec.of(IoUringRing.class);

  /** Keeps a copy of the list. */
  public IoUringImage {
    rings = List.copyOf(rings);
  }

  /** Its name beside CRIU's images. */
  public static String fileName(int pid) {
    return "io-uring-" + pid + ".img";
  }

  /** Whether a task has one in a directory of images. */
  public static boolean exists(Path directory, int pid) {
    return Files.exists(directory.resolve(fileName(pid)));
  }

  /** Writes it into a directory of images, where no such file may be yet. */
  public void write(Path directory) throws IOException {
    Path file = directory.resolve(fileName(pid));
    try (RecordWriter writer = RecordWriter.create(file, ImageType.IO_URING)) {
      writer.write(new IoUringHead(VERSION, pid, stopped));
      for (IoUringRing ring : rings) {
        writer.write(ring);
      }
    }
  }

  /**
   * Reads a task's image out of a directory. A task that had no rings has no such image, which
   * gives an empty list.
   *
   * @throws ImageFormatException if it is damaged, or of another version
   */
  public static IoUringImage read(Path directory, int pid) throws IOException {
    Path file = directory.resolve(fileName(pid));
    if (!exists(directory, pid)) {
      return new IoUringImage(pid, false, List.of());
    }
    try (RecordReader reader = RecordReader.open(file, ImageType.IO_URING)) {
      IoUringImage image = read(file, reader);
      if (image.pid != pid) {
        throw new ImageFormatException(file, 0, "is the image of task " + image.pid);
      }
      return image;
    }
  }

  static IoUringImage read(Path file, RecordReader reader) throws IOException {
    long offset = reader.offset();
    IoUringHead head = reader.next(HEAD);
    if (head == null) {
      throw new ImageFormatException(file, offset, "truncated: holds no record");
    }
    if (head.version() != VERSION) {
      throw new ImageFormatException(
          file,
          offset,
          "version %s; this criu-lazy reads version %d: use the one that made the dump"
              .formatted(Integer.toUnsignedString(head.version()), VERSION));
    }
    List<IoUringRing> rings = new ArrayList<>();
    offset = reader.offset();
    for (IoUringRing ring = reader.next(RING); ring != null; ring = reader.next(RING)) {
      String wrong = firstWrong(ring);
      if (wrong != null) {
        throw new ImageFormatException(file, offset, wrong);
      }
      rings.add(ring);
      offset = reader.offset();
    }
    return new IoUringImage(head.pid(), head.stopped(), rings);
  }

  /** What the kernel can't have left, or null. */
  private static String firstWrong(IoUringRing ring) {
    if (!isQueue(ring.sqEntries()) || !isQueue(ring.cqEntries())) {
      return "queues of %s and %s entries"
          .formatted(
              Integer.toUnsignedString(ring.sqEntries()),
              Integer.toUnsignedString(ring.cqEntries()));
    }
    if (!isMemory(ring.rings()) || !isMemory(ring.sqes())) {
      return "ring memory of %d and %d bytes".formatted(ring.rings().length, ring.sqes().length);
    }
    if (ring.fds().isEmpty()) {
      return "a ring without a descriptor";
    }
    if (ring.files().filter(files -> !isTable(files.slots(), files.files().size())).isPresent()
        || ring.buffers().filter(b -> !isTable(b.slots(), b.buffers().size())).isPresent()) {
      return "a table with more entries than slots, or an impossible number of slots";
    }
    for (IoUringRing.Mapping mapping : ring.mappings()) {
      if (!isMapping(mapping)) {
        return "a mapping at 0x%x of %d bytes".formatted(mapping.start(), mapping.length());
      }
    }
    for (byte[] completion : ring.overflow()) {
      if (completion.length != ring.overflow().get(0).length
          || (completion.length != 16 && completion.length != 32)) {
        return "a completion of %d bytes".formatted(completion.length);
      }
    }
    return null;
  }

  private static boolean isQueue(int entries) {
    return entries > 0 && entries <= MAX_QUEUE && Integer.bitCount(entries) == 1;
  }

  private static boolean isMemory(byte[] memory) {
    return memory.length > 0
        && memory.length <= MAX_MEMORY_BYTES
        && memory.length % PAGE_BYTES == 0;
  }

  private static boolean isTable(int slots, int used) {
    return slots > 0 && slots <= MAX_SLOTS && used <= slots;
  }

  private static boolean isMapping(IoUringRing.Mapping mapping) {
    return mapping.start() > 0
        && mapping.start() % PAGE_BYTES == 0
        && mapping.length() > 0
        && mapping.length() <= MAX_MEMORY_BYTES
        && mapping.length() % PAGE_BYTES == 0
        && mapping.prot() >= 0
        && mapping.prot() <= MAX_PROT;
  }
}
