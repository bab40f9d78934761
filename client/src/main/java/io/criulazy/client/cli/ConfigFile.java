package io.criulazy.client.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A configuration file as criu reads it: one option a line without its dashes, its argument behind
 * blanks, in double quotes if need be ({@code \"} stands for a quote); {@code #} begins a comment.
 */
final class ConfigFile {

  private ConfigFile() {}

  /**
   * The file's statements as words of a command line, or nothing when there is no such file.
   *
   * @throws UsageException if the file can't be read or a line has more than an option and one
   *     argument
   */
  static Optional<List<String>> read(Path file) throws UsageException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UsageException("cannot read the configuration file " + file + ": " + e);
    }
    List<String> words = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      try {
        statement(lines.get(i).strip()).ifPresent(words::add);
      } catch (UsageException e) {
        throw new UsageException(file + " line " + (i + 1) + ": " + e.getMessage());
      }
    }
    return Optional.of(words);
  }

  private static Optional<String> statement(String line) throws UsageException {
    if (line.isEmpty() || line.startsWith("#")) {
      return Optional.empty();
    }
    int blank = blank(line);
    String argument = line.substring(blank).strip();
    String option = "--" + line.substring(0, blank);
    if (argument.isEmpty() || argument.startsWith("#")) {
      return Optional.of(option);
    }
    return Optional.of(
        option + "=" + (argument.startsWith("\"") ? quoted(argument) : bare(argument)));
  }

  private static String bare(String argument) throws UsageException {
    int comment = argument.indexOf('#');
    String value = (comment < 0 ? argument : argument.substring(0, comment)).strip();
    if (blank(value) < value.length()) {
      throw new UsageException("more than one argument; put it in double quotes");
    }
    return value;
  }

  private static String quoted(String argument) throws UsageException {
    StringBuilder value = new StringBuilder();
    for (int i = 1; i < argument.length(); i++) {
      char c = argument.charAt(i);
      if (c == '"') {
        String rest = argument.substring(i + 1).strip();
        if (!rest.isEmpty() && !rest.startsWith("#")) {
          throw new UsageException("something follows the closing quote");
        }
        return value.toString();
      }
      if (c == '\\' && i + 1 < argument.length() && argument.charAt(i + 1) == '"') {
        i++;
        c = '"';
      }
      value.append(c);
    }
    throw new UsageException("the closing quote is missing");
  }

  private static int blank(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == ' ' || text.charAt(i) == '\t') {
        return i;
      }
    }
    return text.length();
  }
}
