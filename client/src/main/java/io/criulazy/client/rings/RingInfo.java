package io.criulazy.client.rings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * What /proc/PID/fdinfo/FD tells of a ring.
 *
 * @param fields the first line of each section, by its name
 * @param files path of each registered file by slot
 * @param buffers address and length of each registered buffer by slot
 * @param polled opcodes of the requests that wait for a file
 * @param overflow completions that found no room in the queue
 * @param wide whether completions are shown with 32 bytes
 */
record RingInfo(
    Map<String, String> fields,
    Map<Integer, String> files,
    Map<Integer, long[]> buffers,
    List<Integer> polled,
    int overflow,
    boolean wide) {
  private static final int ATTEMPTS = 200;
  private static final long PAUSE_NS = 500_000;
  private static final int HEXADECIMAL = 16;
  private static final String OPERATION = "  op=";

  /** Nothing if fdinfo has no word of it, because others keep the ring locked. */
  static Optional<RingInfo> of(FoundRing ring) throws IOException {
    for (int i = 0; i < ATTEMPTS; i++) {
      List<String> lines = lines(ring);
      if (lines.stream().anyMatch(line -> line.startsWith("SqMask:"))) {
        return Optional.of(parse(lines));
      }
      LockSupport.parkNanos(PAUSE_NS);
    }
    return Optional.empty();
  }

  private static List<String> lines(FoundRing ring) throws IOException {
    byte[] info = Files.readAllBytes(Path.of("/proc/" + ring.pid() + "/fdinfo/" + ring.fd()));
    return List.of(new String(info, StandardCharsets.ISO_8859_1).split("\n"));
  }

  private static RingInfo parse(List<String> lines) {
    Map<String, String> fields = new HashMap<>();
    Map<Integer, String> files = new TreeMap<>();
    Map<Integer, long[]> buffers = new TreeMap<>();
    List<Integer> polled = new ArrayList<>();
    int overflow = 0;
    boolean wide = false;
    String section = "";
    for (String line : lines) {
      int colon = line.indexOf(':');
      boolean inside = line.startsWith(" ") || line.startsWith("\t");
      if (colon > 0 && !inside) {
        section = line.substring(0, colon);
        fields.putIfAbsent(section, line.substring(colon + 1).strip());
      } else if (section.equals("UserFiles") && colon > 0 && !line.endsWith("<none>")) {
        files.put(slot(line, colon), line.substring(colon + 1).strip());
      } else if (section.equals("UserBufs") && line.contains("/")) {
        buffers.put(slot(line, colon), buffer(line.substring(colon + 1)));
      } else if (line.startsWith(OPERATION)) {
        polled.add(Integer.valueOf(line.substring(OPERATION.length(), line.indexOf(','))));
      } else if (section.equals("CqOverflowList")) {
        overflow++;
      }
      wide |= line.contains(", extra1:");
    }
    return new RingInfo(fields, files, buffers, polled, overflow, wide);
  }

  private static int slot(String line, int colon) {
    return Integer.parseInt(line.substring(0, colon).strip());
  }

  /** {@code 0x7f0000000000/16384}. */
  private static long[] buffer(String text) {
    String[] words = text.strip().split("/");
    return new long[] {
      Long.parseUnsignedLong(words[0].substring(2), HEXADECIMAL), Long.parseLong(words[1])
    };
  }

  int number(String name) throws IOException {
    String text = fields.get(name);
    if (text == null) {
      throw new IOException("this kernel's fdinfo of an io_uring has no " + name);
    }
    return text.startsWith("0x")
        ? Integer.parseUnsignedInt(text.substring(2), HEXADECIMAL)
        : (int) Long.parseLong(text);
  }
}
