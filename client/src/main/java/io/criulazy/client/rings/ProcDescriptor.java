package io.criulazy.client.rings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * An open file of a process: /proc/PID/fd and fdinfo.
 *
 * @param link what it is
 * @param info the lines of fdinfo
 */
record ProcDescriptor(int fd, String link, List<String> info) {
  static final String RING_LINK = "anon_inode:[io_uring]";
  static final String EPOLL_LINK = "anon_inode:[eventpoll]";
  private static final int O_CLOEXEC = 02000000;

  /** Those of a process's that are rings, or watch files. */
  static List<ProcDescriptor> ringsAndEpolls(int pid) throws IOException {
    List<ProcDescriptor> found = new ArrayList<>();
    try (Stream<Path> links = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      for (Path link : (Iterable<Path>) links::iterator) {
        ProcDescriptor descriptor = read(pid, link);
        if (descriptor != null) {
          found.add(descriptor);
        }
      }
    }
    return found;
  }

  /** What each of a process's descriptors is. */
  static Map<Integer, String> links(int pid) throws IOException {
    Map<Integer, String> links = new TreeMap<>();
    try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      for (Path link : (Iterable<Path>) files::iterator) {
        try {
          int fd = Integer.parseInt(link.getFileName().toString());
          links.put(fd, Files.readSymbolicLink(link).toString());
        } catch (NoSuchFileException e) {
          continue; // closed since the directory was read
        }
      }
    }
    return links;
  }

  private static ProcDescriptor read(int pid, Path link) throws IOException {
    try {
      String target = Files.readSymbolicLink(link).toString();
      if (!target.equals(RING_LINK) && !target.equals(EPOLL_LINK)) {
        return null;
      }
      int fd = Integer.parseInt(link.getFileName().toString());
      return new ProcDescriptor(fd, target, info(pid, fd));
    } catch (NoSuchFileException e) {
      return null; // closed since the directory was read
    }
  }

  private static List<String> info(int pid, int fd) throws IOException {
    byte[] info = Files.readAllBytes(Path.of("/proc/" + pid + "/fdinfo/" + fd));
    return List.of(new String(info, StandardCharsets.ISO_8859_1).split("\n"));
  }

  boolean isRing() {
    return link.equals(RING_LINK);
  }

  boolean isCloseOnExec() {
    return (Long.parseLong(number("flags:"), 8) & O_CLOEXEC) != 0;
  }

  /** The number that all descriptors and mappings of one open file have. */
  long inode() {
    return Long.parseLong(number("ino:"));
  }

  private String number(String name) {
    for (String line : info) {
      if (line.startsWith(name)) {
        return line.substring(name.length()).strip();
      }
    }
    throw new IllegalStateException("fdinfo of fd " + fd + " has no line " + name);
  }

  /**
   * A file that an epoll instance watches.
   *
   * @param fd the number under which it was added
   */
  record Watch(int fd, int events, long data, long inode) {}

  /** {@code tfd: 5 events: 19 data: 5 pos:0 ino:1b sdev:d}: hexadecimal, but for the first. */
  List<Watch> watches() {
    List<Watch> watches = new ArrayList<>();
    for (String line : info) {
      String[] words = line.replace(":", ": ").strip().split("\\s+");
      if (words[0].equals("tfd:") && words.length >= 10) {
        watches.add(
            new Watch(
                Integer.parseInt(words[1]),
                Integer.parseUnsignedInt(words[3], 16),
                Long.parseUnsignedLong(words[5], 16),
                Long.parseUnsignedLong(words[9], 16)));
      }
    }
    return watches;
  }
}
