package io.criulazy.client.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The keepers on this machine whose program is gone. */
public final class Keepers {
  private Keepers() {}

  /** Waits until none of those that there are now is left. */
  public static void awaitNone() {
    Set<Path> left = orphaned();
    Budget.ofSeconds(15)
        .await(
            "keepers end with the processes that they kept",
            () -> left.stream().noneMatch(Keepers::isOrphaned),
            left::toString);
  }

  private static Set<Path> orphaned() {
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes.filter(Keepers::isOrphaned).collect(Collectors.toSet());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isOrphaned(Path process) {
    try {
      String stat = Files.readString(process.resolve("stat"));
      return stat.contains("(criu-lazy-keep) S 1 ");
    } catch (IOException e) {
      return false; // no process, or gone meanwhile
    }
  }
}
