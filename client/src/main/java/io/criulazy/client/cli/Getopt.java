package io.criulazy.client.cli;

import io.criulazy.client.cli.CriuOption.Argument;
import io.criulazy.client.cli.OptionTable.Match;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Reads a command line as getopt_long does, because that is what scripts for criu were written
 * against: options and operands in any order, {@code -dv4}, {@code -DDIR}, unique beginnings of
 * long options, {@code --} as the end of the options.
 */
final class Getopt {

  /**
   * One option as it was given.
   *
   * @param value its argument, or null
   */
  record Given(CriuOption option, boolean negated, String value) {

    /** The option in the one form that needs no knowledge of arities. */
    String canonical() {
      String name = (negated ? "--no-" : "--") + option.longName();
      if (option.argument() == Argument.NONE) {
        return name;
      }
      return name + "=" + (value == null ? "" : value);
    }
  }

  /** What a command line consists of, each part in the order in which it was given. */
  record Result(List<Given> options, List<String> operands) {}

  private final OptionTable table;
  private final List<Given> options = new ArrayList<>();
  private final List<String> operands = new ArrayList<>();

  private Getopt(OptionTable table) {
    this.table = table;
  }

  /**
   * @throws UsageException on an unknown or ambiguous option, and on an argument that is missing or
   *     superfluous
   */
  static Result parse(List<String> args, OptionTable table) throws UsageException {
    Getopt getopt = new Getopt(table);
    Deque<String> rest = new ArrayDeque<>(args);
    while (!rest.isEmpty()) {
      String word = rest.pop();
      if (word.equals("--")) {
        getopt.operands.addAll(rest);
        break;
      } else if (word.startsWith("--")) {
        getopt.longOption(word.substring(2), rest);
      } else if (word.startsWith("-") && word.length() > 1) {
        getopt.shortOptions(word, rest);
      } else {
        getopt.operands.add(word);
      }
    }
    return new Result(getopt.options, getopt.operands);
  }

  private void longOption(String word, Deque<String> rest) throws UsageException {
    int equals = word.indexOf('=');
    String name = equals < 0 ? word : word.substring(0, equals);
    String value = equals < 0 ? null : word.substring(equals + 1);
    Match match = table.longOption(name);
    Argument argument = match.option().argument();
    if (argument == Argument.NONE && value != null) {
      throw new UsageException("option --" + name + " takes no argument");
    }
    if (argument == Argument.REQUIRED && value == null) {
      value = next("--" + name, rest);
    }
    options.add(new Given(match.option(), match.negated(), value));
  }

  private void shortOptions(String word, Deque<String> rest) throws UsageException {
    for (int i = 1; i < word.length(); i++) {
      CriuOption option = table.shortOption(word.charAt(i));
      if (option.argument() == Argument.NONE) {
        options.add(new Given(option, false, null));
        continue;
      }
      String attached = i + 1 < word.length() ? word.substring(i + 1) : null;
      if (attached == null && option.argument() == Argument.REQUIRED) {
        attached = next("-" + word.charAt(i), rest);
      }
      options.add(new Given(option, false, attached));
      return;
    }
  }

  private static String next(String option, Deque<String> rest) throws UsageException {
    if (rest.isEmpty()) {
      throw new UsageException("option " + option + " needs an argument");
    }
    return rest.pop();
  }
}
