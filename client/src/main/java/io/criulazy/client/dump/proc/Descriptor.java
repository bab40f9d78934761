package io.criulazy.client.dump.proc;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An open descriptor of a process: /proc/PID/fd/N and fdinfo/N.
 *
 * @param pid whose
 * @param number its number
 * @param target what the link says: a path, or {@code pipe:[4711]} and the like
 * @param info the lines of fdinfo
 * @param status of the file
 */
public record Descriptor(int pid, int number, String target, List<String> info, FileStatus status) {
  private static final int O_CLOEXEC = 02000000;

  /** All of a process, by number. */
  public static List<Descriptor> all(int pid) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    try (DirectoryStream<Path> links = Files.newDirectoryStream(ProcFile.path(pid, "fd"))) {
      for (Path link : links) {
        numbers.add(Integer.valueOf(link.getFileName().toString()));
      }
    }
    numbers.sort(null);
    List<Descriptor> all = new ArrayList<>();
    for (int number : numbers) {
      String name = "fd/" + number;
      all.add(
          new Descriptor(
              pid,
              number,
              ProcFile.link(pid, name),
              ProcFile.lines(pid, "fdinfo/" + number),
              FileStatus.of(ProcFile.path(pid, name))));
    }
    return all;
  }

  /** The rest of the fdinfo line that begins with a key and a colon. */
  public String value(String key) throws IOException {
    return info.stream()
        .filter(line -> line.startsWith(key + ":"))
        .map(line -> line.substring(key.length() + 1).trim())
        .findFirst()
        .orElseThrow(() -> new IOException(this + " has no \"" + key + "\" in its fdinfo"));
  }

  /** Whether fdinfo has such a line. */
  public boolean has(String key) {
    return info.stream().anyMatch(line -> line.startsWith(key + ":"));
  }

  /** open(2) flags of the file, without O_CLOEXEC, which is the descriptor's. */
  public int flags() throws IOException {
    return Integer.parseInt(value("flags"), 8) & ~O_CLOEXEC;
  }

  /** Whether exec closes it. */
  public boolean isCloseOnExec() throws IOException {
    return (Integer.parseInt(value("flags"), 8) & O_CLOEXEC) != 0;
  }

  /** Bytes from the file's start. */
  public long position() throws IOException {
    return Long.parseUnsignedLong(value("pos"));
  }

  @Override
  public String toString() {
    return "descriptor " + number + " of process " + pid + " (" + target + ")";
  }
}
