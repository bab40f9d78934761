package io.criulazy.client.rings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A line of /proc/PID/maps.
 *
 * @param end the first address behind it
 * @param permissions as there: {@code rw-s}
 * @param offset in the file, bytes
 */
record ProcMapping(long start, long end, String permissions, long offset, long inode, String name) {
  private static final int FIELDS = 6;

  /** All of a process's, ascending. */
  static List<ProcMapping> of(int pid) throws IOException {
    byte[] maps = Files.readAllBytes(Path.of("/proc/" + pid + "/maps"));
    List<ProcMapping> mappings = new ArrayList<>();
    for (String line : new String(maps, StandardCharsets.ISO_8859_1).split("\n")) {
      if (!line.isEmpty()) {
        mappings.add(parse(line));
      }
    }
    return mappings;
  }

  /** {@code start-end perms offset dev inode name}. */
  static ProcMapping parse(String line) {
    String[] fields = line.split("\\s+", FIELDS);
    int dash = fields[0].indexOf('-');
    return new ProcMapping(
        Long.parseUnsignedLong(fields[0], 0, dash, 16),
        Long.parseUnsignedLong(fields[0], dash + 1, fields[0].length(), 16),
        fields[1],
        Long.parseUnsignedLong(fields[2], 16),
        Long.parseLong(fields[4]),
        fields.length < FIELDS ? "" : fields[FIELDS - 1]);
  }

  long length() {
    return end - start;
  }

  boolean isRing() {
    return name.equals(ProcDescriptor.RING_LINK);
  }

  boolean isAio() {
    return name.startsWith("/[aio]");
  }

  /** PROT_... */
  int prot() {
    return (permissions.charAt(0) == 'r' ? 1 : 0)
        | (permissions.charAt(1) == 'w' ? 2 : 0)
        | (permissions.charAt(2) == 'x' ? 4 : 0);
  }
}
