package io.criulazy.client.restore;

import io.criulazy.client.restore.files.Inheritance;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Those of criu's options that our own engine knows.
 *
 * @param shellJob whether session, group and terminal are the caller's
 * @param fileLocks whether locks on files are to be taken again
 * @param inheritance which files are the caller's
 * @param unknown the others
 */
record NativeOptions(
    boolean shellJob, boolean fileLocks, Inheritance inheritance, List<String> unknown) {
  private static final String SHELL_JOB = "--shell-job";
  private static final String FILE_LOCKS = "--file-locks";
  private static final String INHERIT = "--inherit-fd";

  static NativeOptions of(RestoreRequest request) {
    boolean shellJob = false;
    boolean fileLocks = false;
    List<String> rules = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    Iterator<String> words = request.criuOptions().iterator();
    while (words.hasNext()) {
      String word = words.next();
      if (word.equals(SHELL_JOB) || word.equals("-j")) {
        shellJob = true;
      } else if (word.equals(FILE_LOCKS)) {
        fileLocks = true;
      } else if (word.equals(INHERIT) && words.hasNext()) {
        rules.add(words.next());
      } else if (word.startsWith(INHERIT + "=")) {
        rules.add(word.substring(INHERIT.length() + 1));
      } else {
        unknown.add(word);
      }
    }
    return new NativeOptions(
        shellJob,
        fileLocks,
        Inheritance.of(request.caller().pid(), rules, shellJob),
        List.copyOf(unknown));
  }
}
