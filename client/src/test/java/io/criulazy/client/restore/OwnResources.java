package io.criulazy.client.restore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What this JVM holds of the kernel's: a restore gives all of it back.
 *
 * @param children pids
 * @param descriptors open ones
 */
record OwnResources(List<String> children, long descriptors) {
  static OwnResources now() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return new OwnResources(childrenOfAll(), open.count());
    }
  }

  private static List<String> childrenOfAll() throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks.map(task -> read(task.resolve("children"))).filter(c -> !c.isEmpty()).toList();
    }
  }

  private static String read(Path children) {
    try {
      return String.join(" ", Files.readAllLines(children)).strip();
    } catch (IOException e) {
      return ""; // a thread that has ended
    }
  }
}
