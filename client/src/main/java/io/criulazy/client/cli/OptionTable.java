package io.criulazy.client.cli;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * All options that one drop-in command accepts: those that mean something to it, and criu's others.
 * Looks names up as getopt_long does.
 */
final class OptionTable {

  /** A name on the command line: {@code negated} when it was {@code --no-NAME}. */
  record Match(CriuOption option, boolean negated) {}

  private final TreeMap<String, Match> byLongName = new TreeMap<>();
  private final Map<Character, CriuOption> byShortName = new HashMap<>();

  /**
   * @param meant the options that mean something to the command
   */
  static OptionTable of(List<CriuOption> meant) {
    OptionTable table = new OptionTable();
    meant.forEach(table::add);
    ForeignOptions.all().forEach(table::add);
    return table;
  }

  /**
   * Finds a long option by its name or by the unambiguous beginning of one.
   *
   * @param name without the dashes
   * @throws UsageException if there is none, or more than one
   */
  Match longOption(String name) throws UsageException {
    Match exact = byLongName.get(name);
    if (exact != null) {
      return exact;
    }
    Map<String, Match> candidates = byLongName.subMap(name, name + Character.MAX_VALUE);
    Set<Match> distinct = new LinkedHashSet<>(candidates.values());
    if (distinct.isEmpty() || name.isEmpty()) {
      throw new UsageException("unknown option --" + name);
    }
    if (distinct.size() > 1) {
      throw new UsageException(
          "option --" + name + " is ambiguous: " + names(candidates) + ". Write it in full");
    }
    return distinct.iterator().next();
  }

  CriuOption shortOption(char letter) throws UsageException {
    CriuOption option = byShortName.get(letter);
    if (option == null) {
      throw new UsageException("unknown option -" + letter);
    }
    return option;
  }

  private void add(CriuOption option) {
    byLongName.putIfAbsent(option.longName(), new Match(option, false));
    if (option.negatable()) {
      byLongName.putIfAbsent("no-" + option.longName(), new Match(option, true));
    }
    if (option.shortName() != CriuOption.NO_LETTER) {
      byShortName.putIfAbsent(option.shortName(), option);
    }
  }

  private static String names(Map<String, Match> candidates) {
    return candidates.keySet().stream().map(n -> "--" + n).collect(Collectors.joining(", "));
  }
}
