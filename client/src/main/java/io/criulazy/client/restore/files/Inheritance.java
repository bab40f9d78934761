package io.criulazy.client.restore.files;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which files are not made but taken from this process: those that rules name ({@code --inherit-fd
 * fd[N]:NAME}, as criu spells it), and, for descriptors 0 to 2, terminals ({@code --shell-job}) and
 * pipes to processes outside of the tree.
 *
 * @param rules our descriptor by name: {@code pipe:[INODE]}, {@code socket:[INODE]}, or a path
 *     without its first slash
 * @param shellJob whether terminals are taken
 */
public record Inheritance(Map<String, Integer> rules, boolean shellJob) {
  private static final Pattern RULE = Pattern.compile("fd\\[(\\d{1,9})]:(.+)");

  /** Keeps a copy of the rules. */
  public Inheritance {
    rules = Map.copyOf(rules);
  }

  /**
   * Reads rules.
   *
   * @param texts {@code fd[N]:NAME} each
   * @throws IllegalArgumentException with what is wrong
   */
  public static Inheritance of(List<String> texts, boolean shellJob) {
    Map<String, Integer> rules = new HashMap<>();
    for (String text : texts) {
      Matcher rule = RULE.matcher(text);
      if (!rule.matches()) {
        throw new IllegalArgumentException(
            "--inherit-fd " + text + ": say fd[NUMBER]:NAME, for example fd[5]:pipe:[4711]");
      }
      rules.put(rule.group(2), Integer.valueOf(rule.group(1)));
    }
    return new Inheritance(rules, shellJob);
  }

  /** Our descriptor that stands for a name. */
  OptionalInt named(String name) {
    Integer fd = rules.get(name);
    return fd == null ? OptionalInt.empty() : OptionalInt.of(fd);
  }
}
