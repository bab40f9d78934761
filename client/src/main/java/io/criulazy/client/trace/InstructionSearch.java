package io.criulazy.client.trace;

import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.SysException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds an instruction in a process that enters the kernel. */
final class InstructionSearch {
  /** Code is looked at in the first so many bytes of a mapping. */
  private static final long MOST_BYTES = 4 << 20;

  private InstructionSearch() {}

  /** In the vdso, which every process has unless it threw it away; else in any code. */
  static long find(int pid, ForeignMemory memory) throws IOException {
    List<String> code = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/maps"))) {
      if (line.charAt(line.indexOf(' ') + 3) == 'x' && !line.endsWith("[vsyscall]")) {
        code.add(line.endsWith("[vdso]") ? 0 : code.size(), line);
      }
    }
    byte[] wanted = Architecture.current().syscallInstruction();
    for (String line : code) {
      String[] ends = line.substring(0, line.indexOf(' ')).split("-");
      long start = Long.parseUnsignedLong(ends[0], 16);
      long length = Math.min(Long.parseUnsignedLong(ends[1], 16) - start, MOST_BYTES);
      int offset = indexOf(bytes(memory, start, (int) length), wanted);
      if (offset >= 0) {
        return start + offset;
      }
    }
    throw new TraceException(
        "process " + pid + " has no instruction in its memory that enters the kernel");
  }

  private static byte[] bytes(ForeignMemory memory, long start, int length) {
    try {
      return memory.read(start, length);
    } catch (SysException e) {
      return new byte[0]; // code that can't be read: the next mapping may do
    }
  }

  private static int indexOf(byte[] bytes, byte[] wanted) {
    for (int at = 0; at + wanted.length <= bytes.length; at++) {
      int same = 0;
      while (same < wanted.length && bytes[at + same] == wanted[same]) {
        same++;
      }
      if (same == wanted.length) {
        return at;
      }
    }
    return -1;
  }
}
