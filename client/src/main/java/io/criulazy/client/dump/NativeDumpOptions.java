package io.criulazy.client.dump;

import java.util.ArrayList;
import java.util.List;

/**
 * Those of criu's options that our own engine knows for a dump.
 *
 * @param fileLocks whether locks on files are to be taken along; else they are refused
 * @param shellJob whether session and terminal are those of a shell, and another one's later
 * @param unknown the others
 */
record NativeDumpOptions(boolean fileLocks, boolean shellJob, List<String> unknown) {
  private static final String FILE_LOCKS = "--file-locks";
  private static final String SHELL_JOB = "--shell-job";

  static NativeDumpOptions of(DumpRequest request) {
    List<String> unknown = new ArrayList<>(request.criuOptions());
    unknown.removeAll(List.of(FILE_LOCKS, SHELL_JOB));
    return new NativeDumpOptions(
        request.criuOptions().contains(FILE_LOCKS),
        request.criuOptions().contains(SHELL_JOB),
        List.copyOf(unknown));
  }
}
