package io.criulazy.client.restore.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.Victim;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that criu has dumped are given to an empty process, which looks at them, reads and writes,
 * and finds what the dumped one would have found.
 */
@Needs({Requirement.KERNEL, Requirement.GCC, Requirement.CRIU})
class OpenFilesIT {
  private static final Inheritance NOTHING = Inheritance.of(List.of(), false);

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "regular", "pipes", "fifos", "events", "timers", "polls", "watches", "memory", "unix",
        "owners", "shared"
      })
  void theFilesAreWhatTheyWere(String kind) throws Exception {
    try (Victim victim = Victim.start(directory, "files", kind)) {
      Path images = dump(victim);
      try (ImageSet set = ImageStore.open(images);
          OpenFiles files = OpenFiles.plan(set, NOTHING)) {
        assertThat(files.refusals()).isEmpty();
        try (EmptyTasks tasks = EmptyTasks.of(victim, directory, kind)) {
          tasks.restore(files);
        }
      }
      victim.go();
      victim.awaitUnharmed(Budget.ofSeconds(20));
    }
  }

  @Test
  void allThatIsNotRestoredIsRefusedAtOnceAndByName() throws Exception {
    try (Victim victim = Victim.start(directory, "files", "refused")) {
      Path images = dump(victim);
      try (ImageSet set = ImageStore.open(images);
          OpenFiles files = OpenFiles.plan(set, NOTHING)) {
        long pid = victim.pid();
        assertThat(files.refusals())
            .containsExactlyInAnyOrder(
                "fd 11 of task "
                    + pid
                    + " is "
                    + directory.resolve("gone")
                    + ", which was removed or renamed when it was dumped",
                "fd 13 of task " + pid + " is a unix socket that holds passed descriptors",
                "fd 14 of task "
                    + pid
                    + " is of a kind that this engine does not restore: netlinksk");
      }
    }
  }

  private Path dump(Victim victim) throws Exception {
    Path images = Files.createDirectory(directory.resolve("images"));
    CriuRun.dump(victim, images);
    return images;
  }
}
