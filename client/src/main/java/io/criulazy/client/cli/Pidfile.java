package io.criulazy.client.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Tells scripts a process's id. */
final class Pidfile {
  private Pidfile() {}

  /**
   * Checks that one can be written later.
   *
   * @param file may be null
   */
  static void requireNone(Path file) throws CommandException {
    if (file != null && Files.exists(file)) {
      throw there(file, null);
    }
  }

  private static CommandException there(Path file, IOException cause) {
    return new CommandException(
        "cannot write the pidfile " + file + ": it exists. Remove it or choose another one", cause);
  }

  /** criu too refuses to write over a pidfile that is there. */
  static void write(Path file, long pid) throws CommandException {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, Long.toString(pid), StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      throw there(file, e);
    } catch (IOException e) {
      throw new CommandException("cannot write the pidfile " + file + ": " + e, e);
    }
  }
}
