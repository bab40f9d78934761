package io.criulazy.client.dump.memory;

import io.criulazy.client.dump.Refusals;
import io.criulazy.client.dump.proc.ProcFile;
import io.criulazy.client.dump.proc.Smap;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.SysvSharedMemory;
import io.criulazy.proto.image.memory.SysvAttachment;
import io.criulazy.proto.image.memory.SysvDescriptor;
import io.criulazy.proto.image.memory.SysvSegment;
import io.criulazy.proto.image.memory.VmArea;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** System V shared memory that a tree has attached: each segment once, whoever has it. */
public final class SysvSegments {
  private static final String NAME = "/SYSV";

  /**
   * One of them.
   *
   * @param content where its bytes can be read while the processes are stopped
   * @param pid of a process that has attached it
   * @param mapping one of the pieces that it has there
   */
  public record Segment(SysvSegment image, Path content, int pid, Smap mapping) {
    /** What its last page holds beyond its size. */
    public byte[] tail() throws IOException {
      ByteBuffer tail = ByteBuffer.allocate((int) (image.mappedBytes() - image.size()));
      long start = mapping.start() - mapping.offset();
      try (FileChannel memory = FileChannel.open(ProcFile.path(pid, "mem"))) {
        while (tail.hasRemaining()
            && memory.read(tail, start + image.size() + tail.position()) > 0) {}
      }
      return tail.array();
    }
  }

  private static final class Found {
    private final Segment segment;
    private final SysvSharedMemory state;
    private long mappings;

    Found(Segment segment, SysvSharedMemory state) {
      this.segment = segment;
      this.state = state;
    }
  }

  private final Refusals refusals;
  private final Map<Integer, Found> segments = new LinkedHashMap<>();

  public SysvSegments(Refusals refusals) {
    this.refusals = refusals;
  }

  static boolean isOne(Smap map) {
    return map.isShared() && map.name().startsWith(NAME);
  }

  /** Takes note of a mapping of a segment, whose inode is the segment's id. */
  void add(Smap map, int pid) throws SysException {
    int id = (int) map.inode();
    Found known = segments.get(id);
    if (known == null) {
      Optional<SysvSharedMemory> state = SysvSharedMemory.of(id);
      if (state.isEmpty()) {
        refusals.add("%s of process %d is of no segment of this namespace".formatted(map, pid));
        return;
      }
      Segment segment =
          new Segment(image(id, state.get()), ProcFile.path(pid, map.link()), pid, map);
      known = new Found(segment, state.get());
      segments.put(id, known);
    }
    known.mappings++;
  }

  private static SysvSegment image(int id, SysvSharedMemory state) {
    return new SysvSegment(
        new SysvDescriptor(
            state.key(), state.uid(), state.gid(), state.cuid(), state.cgid(), state.mode(), id),
        state.sizeBytes(),
        Optional.of(true),
        OptionalInt.empty());
  }

  /** Refuses what shmat(2) would not make: pieces of a segment of which others are gone. */
  void checkWhole(List<VmArea> areas, int pid) {
    for (SysvAttachment attachment : SysvAttachment.of(areas)) {
      Found found = segments.get((int) attachment.shmid());
      if (found != null && !attachment.isWhole(found.segment.image())) {
        refusals.add(
            "process %d has only a part of the shared memory segment %d at 0x%x"
                .formatted(pid, attachment.shmid(), attachment.start()));
      }
    }
  }

  /** Refuses those that others have, or could have. All processes have been looked at. */
  public void checkOwners() {
    for (Map.Entry<Integer, Found> entry : segments.entrySet()) {
      Found found = entry.getValue();
      if (found.state.key() != 0) {
        refusals.add(
            "the shared memory segment %d has a key (0x%08x), by which others find it"
                .formatted(entry.getKey(), found.state.key()));
      } else if (found.state.attached() != found.mappings) {
        refusals.add(
            "the shared memory segment %d is attached by others (%d times, here %d)"
                .formatted(entry.getKey(), found.state.attached(), found.mappings));
      }
    }
  }

  /** All of them. */
  public List<Segment> all() {
    return segments.values().stream().map(found -> found.segment).toList();
  }

  /**
   * Has them destroyed with the processes that are about to end: they are in the images now, and a
   * restore makes them again with their ids.
   */
  public static void removeAll(List<Segment> segments) throws SysException {
    for (Segment segment : segments) {
      if (!segment.image().isMarkedForDestruction()) {
        SysvSharedMemory.remove(segment.image().id());
      }
    }
  }
}
