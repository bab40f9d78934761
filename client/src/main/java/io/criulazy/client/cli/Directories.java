package io.criulazy.client.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Directories that a command line names. */
final class Directories {
  private Directories() {}

  /**
   * Checks that one is there.
   *
   * @param option that has named it
   * @throws CommandException if there is none
   */
  static void require(String option, Path directory) throws CommandException {
    if (!Files.isDirectory(directory)) {
      throw new CommandException(
          "cannot open the directory "
              + directory
              + ": "
              + (Files.exists(directory) ? "it is a file" : "there is none")
              + ". Give the right one with "
              + option);
    }
  }
}
