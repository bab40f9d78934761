package io.criulazy.client.dump.files;

import io.criulazy.client.dump.proc.FileStatus;
import io.criulazy.proto.image.files.MemfdInode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Memory behind memfds and shared anonymous mappings, each once, whoever has it. */
public final class SharedMemories {
  /**
   * One of them.
   *
   * @param content where its bytes can be read while the processes are stopped
   */
  public record Memory(MemfdInode inode, Path content) {}

  /** Those of System V segments are below it: their pages lie beside these. */
  private static final int FIRST_SHMID = 1 << 31;

  private record Inode(long device, long number) {}

  private final Map<Inode, Memory> memories = new HashMap<>();
  private final List<Memory> order = new ArrayList<>();

  /** All so far. */
  public List<Memory> all() {
    return List.copyOf(order);
  }

  /** The number of the memory, which is made known with this. */
  int inodeOf(String name, FileStatus status, Path content, int seals) {
    return (int)
        memories
            .computeIfAbsent(
                new Inode(status.device(), status.inode()),
                inode -> make(name, status, content, seals))
            .inode()
            .inodeId();
  }

  private Memory make(String name, FileStatus status, Path content, int seals) {
    int number = order.size() + 1;
    Memory memory =
        new Memory(
            new MemfdInode(
                name,
                status.uid(),
                status.gid(),
                status.size(),
                FIRST_SHMID + number,
                seals,
                number,
                OptionalInt.empty(),
                OptionalInt.of(status.mode())),
            content);
    order.add(memory);
    return memory;
  }
}
