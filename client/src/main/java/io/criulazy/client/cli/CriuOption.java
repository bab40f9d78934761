package io.criulazy.client.cli;

/**
 * One option as getopt sees it: its names and whether an argument follows.
 *
 * @param longName without the dashes
 * @param shortName the letter, or 0 when there is none
 * @param argument whether an argument follows
 * @param negatable whether {@code --no-NAME} exists too
 * @param meant whether criu-lazy does something with it; one that is not meant is accepted with a
 *     warning because scripts pass it to criu
 */
record CriuOption(
    String longName, char shortName, Argument argument, boolean negatable, boolean meant) {

  /** Whether an option takes an argument. */
  enum Argument {
    /** {@code -d}, {@code --daemon}. */
    NONE,
    /** {@code -D DIR}, {@code -DDIR}, {@code --images-dir DIR}, {@code --images-dir=DIR}. */
    REQUIRED,
    /** Only attached: {@code -v}, {@code -v4}, {@code --verbosity}, {@code --verbosity=4}. */
    OPTIONAL
  }
}
