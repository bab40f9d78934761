package io.criulazy.client.dump.proc;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A mapping of /proc/PID/smaps.
 *
 * @param start first address
 * @param end first address behind it
 * @param permissions {@code rwxp}
 * @param offset bytes into the file
 * @param inode 0 of anonymous memory
 * @param name a path, {@code [heap]} and the like, or empty
 * @param flags two letters each, of VmFlags
 */
public record Smap(
    long start,
    long end,
    String permissions,
    long offset,
    long inode,
    String name,
    Set<String> flags) {
  private static final String FLAGS = "VmFlags:";
  private static final int WORDS = 6;

  /** Reads all of them, ascending. */
  public static List<Smap> all(int pid) throws IOException {
    List<Smap> maps = new ArrayList<>();
    String head = null;
    for (String line : ProcFile.lines(pid, "smaps")) {
      if (line.startsWith(FLAGS)) {
        maps.add(parse(head, Set.of(line.substring(FLAGS.length()).trim().split(" "))));
      } else if (isHead(line)) {
        head = line;
      }
    }
    return maps;
  }

  /** A line of addresses; the others begin with a word and a colon. */
  private static boolean isHead(String line) {
    int space = line.indexOf(' ');
    return space > 0 && line.charAt(space - 1) != ':';
  }

  private static Smap parse(String head, Set<String> flags) {
    String[] words = head.split(" +", WORDS);
    int dash = words[0].indexOf('-');
    return new Smap(
        Long.parseUnsignedLong(words[0].substring(0, dash), 16),
        Long.parseUnsignedLong(words[0].substring(dash + 1), 16),
        words[1],
        Long.parseUnsignedLong(words[2], 16),
        Long.parseUnsignedLong(words[4]),
        words.length == WORDS ? words[5] : "",
        flags);
  }

  /** Whether MAP_SHARED. */
  public boolean isShared() {
    return permissions.charAt(3) == 's';
  }

  /** PROT_* of mmap(2). */
  public int prot() {
    return (permissions.charAt(0) == 'r' ? 1 : 0)
        | (permissions.charAt(1) == 'w' ? 2 : 0)
        | (permissions.charAt(2) == 'x' ? 4 : 0);
  }

  /** The name of its link in /proc/PID/map_files. */
  public String link() {
    return "map_files/" + Long.toHexString(start) + "-" + Long.toHexString(end);
  }

  @Override
  public String toString() {
    return "mapping %x-%x %s".formatted(start, end, name).stripTrailing();
  }
}
