package io.criulazy.client.restore.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which files are not made but taken from the process that asks for the restore: those that rules
 * name ({@code --inherit-fd fd[N]:NAME}, as criu spells it), and, for descriptors 0 to 2, terminals
 * ({@code --shell-job}) and pipes to processes outside of the tree.
 *
 * @param pid whose descriptors they are, as this process sees it
 * @param rules its descriptor by name: {@code pipe:[INODE]}, {@code socket:[INODE]}, or a path
 *     without its first slash
 * @param shellJob whether terminals are taken
 */
public record Inheritance(int pid, Map<String, Integer> rules, boolean shellJob) {
  private static final int S_IFMT = 0xF000;
  private static final int S_IFIFO = 0x1000;
  private static final Pattern RULE = Pattern.compile("fd\\[(\\d{1,9})]:(.+)");

  /** Keeps a copy of the rules. */
  public Inheritance {
    rules = Map.copyOf(rules);
  }

  /**
   * Reads rules.
   *
   * @param pid whose descriptors they are
   * @param texts {@code fd[N]:NAME} each
   * @throws IllegalArgumentException with what is wrong
   */
  public static Inheritance of(int pid, List<String> texts, boolean shellJob) {
    Map<String, Integer> rules = new HashMap<>();
    for (String text : texts) {
      Matcher rule = RULE.matcher(text);
      if (!rule.matches()) {
        throw new IllegalArgumentException(
            "--inherit-fd " + text + ": say fd[NUMBER]:NAME, for example fd[5]:pipe:[4711]");
      }
      rules.put(rule.group(2), Integer.valueOf(rule.group(1)));
    }
    return new Inheritance(pid, rules, shellJob);
  }

  /** Whether a descriptor is there. */
  boolean isOpen(int fd) {
    return Files.isSymbolicLink(link(fd));
  }

  /** Whether a descriptor is an end of a pipe. */
  boolean isPipe(int fd) throws IOException {
    return ((Integer) Files.getAttribute(link(fd), "unix:mode") & S_IFMT) == S_IFIFO;
  }

  private Path link(int fd) {
    return Path.of("/proc/" + pid + "/fd/" + fd);
  }

  /** The descriptor that stands for a name. */
  OptionalInt named(String name) {
    Integer fd = rules.get(name);
    return fd == null ? OptionalInt.empty() : OptionalInt.of(fd);
  }
}
