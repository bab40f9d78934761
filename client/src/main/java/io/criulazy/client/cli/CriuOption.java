package io.criulazy.client.cli;

/**
 * One option as getopt sees it: its names, whether an argument follows, and what it is for.
 *
 * @param longName without the dashes
 * @param shortName the letter, or 0 when there is none
 * @param argument whether an argument follows
 * @param negatable whether {@code --no-NAME} exists too
 * @param label what help calls its argument; empty when there is none
 * @param description for help, lines separated by newlines; null when criu-lazy does nothing with
 *     the option and only accepts it, with a warning, because scripts pass it to criu
 */
record CriuOption(
    String longName,
    char shortName,
    Argument argument,
    boolean negatable,
    String label,
    String description) {

  static final char NO_LETTER = 0;

  /** Whether an option takes an argument. */
  enum Argument {
    /** {@code -d}, {@code --daemon}. */
    NONE,
    /** {@code -D DIR}, {@code -DDIR}, {@code --images-dir DIR}, {@code --images-dir=DIR}. */
    REQUIRED,
    /** Only attached: {@code -v}, {@code -v4}, {@code --verbosity}, {@code --verbosity=4}. */
    OPTIONAL
  }

  static CriuOption flag(String longName, char shortName, String description) {
    return new CriuOption(longName, shortName, Argument.NONE, false, "", description);
  }

  static CriuOption negatable(String longName, char shortName, String description) {
    return new CriuOption(longName, shortName, Argument.NONE, true, "", description);
  }

  static CriuOption with(String longName, char shortName, String label, String description) {
    return new CriuOption(longName, shortName, Argument.REQUIRED, false, label, description);
  }

  boolean isMeant() {
    return description != null;
  }

  /** The option as help shows it: {@code -D, --images-dir DIR}. */
  String synopsis() {
    String letter = shortName == NO_LETTER ? "    " : "-" + shortName + ", ";
    String name = (negatable ? "--[no-]" : "--") + longName;
    return switch (argument) {
      case NONE -> letter + name;
      case REQUIRED -> letter + name + " " + label;
      case OPTIONAL -> letter + name + "[=" + label + "]";
    };
  }
}
