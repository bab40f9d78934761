package io.criulazy.client.restore;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.proto.image.VmaStatus;
import io.criulazy.proto.image.memory.VmArea;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The pages that the kernel itself maps into each process: vdso (code) and vvar (data that the code
 * reads), side by side. They can be moved, not made.
 *
 * @param parts in ascending order
 */
record KernelPages(List<Part> parts) {
  private static final int MREMAP_MAYMOVE_FIXED = 3;

  /** One of their mappings. */
  record Part(long start, long bytes, boolean code) {}

  /** Those of a running process. */
  static KernelPages of(int pid) throws IOException {
    List<Part> parts = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/maps"))) {
      boolean code = line.endsWith("[vdso]");
      if (code || line.endsWith("[vvar]") || line.endsWith("[vvar_vclock]")) {
        String[] ends = line.substring(0, line.indexOf(' ')).split("-");
        long start = Long.parseUnsignedLong(ends[0], 16);
        parts.add(new Part(start, Long.parseUnsignedLong(ends[1], 16) - start, code));
      }
    }
    return new KernelPages(parts);
  }

  /** Those that a task had. */
  static KernelPages of(List<VmArea> areas) {
    List<Part> parts = new ArrayList<>();
    for (VmArea area : areas) {
      boolean code = (area.status() & VmaStatus.VDSO) != 0;
      if (code || (area.status() & VmaStatus.VVAR) != 0) {
        parts.add(new Part(area.start(), area.end() - area.start(), code));
      }
    }
    return new KernelPages(parts);
  }

  boolean isEmpty() {
    return parts.isEmpty();
  }

  long start() {
    return parts.get(0).start();
  }

  long end() {
    Part last = parts.get(parts.size() - 1);
    return last.start() + last.bytes();
  }

  /** The code. */
  Optional<Part> code() {
    return parts.stream().filter(Part::code).findFirst();
  }

  /** Whether others are the same but for their place. criu records adjacent data as one part. */
  boolean isLaidOutAs(KernelPages other) {
    if (code().isEmpty() || other.code().isEmpty()) {
      return false;
    }
    Part mine = code().get();
    Part its = other.code().get();
    return end() - start() == other.end() - other.start()
        && mine.bytes() == its.bytes()
        && mine.start() - start() == its.start() - other.start();
  }

  /** The bytes of the code, which tell one kernel from another. */
  byte[] codeBytes(ForeignMemory memory) throws IOException {
    Part code = code().orElseThrow();
    return memory.read(code.start(), (int) code.bytes());
  }

  /**
   * Moves them within a process, where nothing may be in their way; the result is the new place.
   */
  KernelPages move(Workshop workshop, long destination) throws IOException {
    List<Part> moved = new ArrayList<>();
    for (Part part : parts) {
      long to = destination + part.start() - start();
      workshop.must(
          "mremap of vdso and vvar",
          SyscallNumbers.MREMAP,
          part.start(),
          part.bytes(),
          part.bytes(),
          MREMAP_MAYMOVE_FIXED,
          to);
      moved.add(new Part(to, part.bytes(), part.code()));
    }
    return new KernelPages(moved);
  }
}
