package io.criulazy.client.inspect;

/**
 * How a terminal is drawn on.
 *
 * @param color whether it understands ANSI colours
 * @param unicode whether it shows block characters
 */
public record Paint(boolean color, boolean unicode) {
  private static final String HEIGHTS = "▁▂▃▄▅▆▇█";

  /**
   * One cell of a mapping's picture. The colour tells the kind, the height how much of it there is;
   * without colours a letter tells the kind, a small one where less than half is there.
   */
  String cell(PageKind kind, double density) {
    if (kind == null) {
      return dim(unicode ? "·" : ".");
    }
    if (!color || !unicode) {
      char letter = kind.letter();
      return color(kind.color(), "" + (density < 0.5 ? Character.toLowerCase(letter) : letter));
    }
    int height = (int) Math.ceil(density * HEIGHTS.length()) - 1;
    return color(kind.color(), "" + HEIGHTS.charAt(Math.max(0, height)));
  }

  /** What stands for a kind in the legend. */
  String sample(PageKind kind) {
    return cell(kind, 1);
  }

  /** A bar of that many cells. */
  String bar(int length) {
    return (unicode ? "█" : "#").repeat(length);
  }

  String bold(String text) {
    return color ? "\033[1m" + text + "\033[0m" : text;
  }

  String dim(String text) {
    return color ? "\033[2m" + text + "\033[0m" : text;
  }

  private String color(int number, String text) {
    return color ? "\033[" + number + "m" + text + "\033[0m" : text;
  }
}
