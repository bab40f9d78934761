package io.criulazy.client.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The keepers whose program is gone, as far as they are younger than these tests. */
public final class Keepers {
  private static final Instant JVM_START =
      ProcessHandle.current().info().startInstant().orElseThrow();

  /** Asleep, or at work: it looks at all of its files each second. */
  private static final Pattern ORPHAN = Pattern.compile("\\(criu-lazy-keep\\) [RSD] 1 ");

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
      return processes
          .filter(Keepers::isOrphaned)
          .filter(Keepers::isYoung)
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isYoung(Path process) {
    Optional<Instant> start =
        ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
            .flatMap(keeper -> keeper.info().startInstant());
    return start.isPresent() && start.get().isAfter(JVM_START);
  }

  private static boolean isOrphaned(Path process) {
    try {
      String stat = Files.readString(process.resolve("stat"));
      return ORPHAN.matcher(stat).find();
    } catch (IOException e) {
      return false; // no process, or gone meanwhile
    }
  }
}
