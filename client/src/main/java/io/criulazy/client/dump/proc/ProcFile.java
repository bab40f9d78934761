package io.criulazy.client.dump.proc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Text files below /proc/PID, which is a process's or a thread's. */
public final class ProcFile {
  private ProcFile() {}

  /** Its path. */
  public static Path path(int pid, String name) {
    return Path.of("/proc/" + pid + "/" + name);
  }

  /** All of it; bytes that are no UTF-8 are replaced. */
  public static String text(int pid, String name) throws IOException {
    return new String(Files.readAllBytes(path(pid, name)), StandardCharsets.UTF_8);
  }

  /** Its lines. */
  public static List<String> lines(int pid, String name) throws IOException {
    return text(pid, name).lines().toList();
  }

  /** Lines of the form {@code Key: value}. */
  public static Map<String, String> keys(int pid, String name) throws IOException {
    Map<String, String> keys = new LinkedHashMap<>();
    for (String line : lines(pid, name)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        keys.putIfAbsent(line.substring(0, colon), line.substring(colon + 1).trim());
      }
    }
    return keys;
  }

  /** Where a link points to. */
  public static String link(int pid, String name) throws IOException {
    return Files.readSymbolicLink(path(pid, name)).toString();
  }
}
