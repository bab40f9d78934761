package io.criulazy.client.cli;

import java.io.PrintStream;
import java.util.List;

/**
 * What {@code --help} prints of a command whose options are not picocli's.
 *
 * @param before what it does, up to the heading of the options
 * @param options in the order in which they are shown
 * @param after examples
 */
record HelpPage(String before, List<CriuOption> options, String after) {
  private static final String LINE = "  %-31s %s%n";

  void print(PrintStream out) {
    out.print(before);
    for (CriuOption option : options) {
      String[] lines = option.description().split("\n");
      out.printf(LINE, option.synopsis(), lines[0]);
      for (int i = 1; i < lines.length; i++) {
        out.printf(LINE, "", lines[i]);
      }
    }
    out.print(after);
  }
}
