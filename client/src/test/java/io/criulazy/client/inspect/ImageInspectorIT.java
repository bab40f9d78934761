package io.criulazy.client.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.Victim;
import io.criulazy.proto.image.VmaStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What inspect tells of a dump that criu makes now is what /proc told of the processes. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC})
class ImageInspectorIT {
  @TempDir private Path scratch;

  @Test
  void aTreeIsAsInProc() throws IOException {
    Path images = Files.createDirectory(scratch.resolve("images"));
    Map<Long, Map<Long, Long>> anonymousKib = new HashMap<>();
    try (Victim victim =
        Victim.start(scratch, "tree", "procs=3", "threads=2", "kib=256", "zombie=1")) {
      ProcessHandle root = ProcessHandle.of(victim.pid()).orElseThrow();
      for (ProcessHandle task : Stream.concat(Stream.of(root), root.descendants()).toList()) {
        anonymousKib.put(task.pid(), anonymousKib(task.pid()));
      }
      CriuRun.dump(victim, images);
      ImageInspection inspection = ImageInspector.inspect(images, OptionalInt.empty());
      assertThat(inspection.problems()).isEmpty();
      assertThat(inspection.tasks())
          .extracting(task -> (long) task.task().pid())
          .containsExactlyInAnyOrderElementsOf(anonymousKib.keySet());
      assertThat(inspection.tasks()).filteredOn(task -> task.pagesFile() == null).hasSize(1);
      for (TaskInspection task : inspection.tasks()) {
        assertThat(task.strayPages()).isZero();
        compare(task, anonymousKib.get((long) task.task().pid()));
      }
    }
  }

  /** criu's parasite runs on the stack, and the kernel's own mappings are not like the others. */
  private static void compare(TaskInspection task, Map<Long, Long> anonymousKib) {
    int own = VmaStatus.VDSO | VmaStatus.VVAR | VmaStatus.VSYSCALL;
    for (Mapping mapping : task.mappings()) {
      if ((mapping.vma().status() & own) == 0 && !mapping.name().equals("[stack]")) {
        assertThat(anonymousKib).containsKey(mapping.vma().start());
      }
      if (mapping.vma().canBeLazy() && !mapping.name().equals("[stack]")) {
        assertThat(mapping.counts().total() * 4)
            .as("KiB of %x in %s", mapping.vma().start(), task.task())
            .isEqualTo(anonymousKib.get(mapping.vma().start()));
      }
    }
  }

  /** Of each mapping, by its start. */
  private static Map<Long, Long> anonymousKib(long pid) throws IOException {
    Map<Long, Long> kib = new HashMap<>();
    long start = 0;
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps"))) {
      if (line.matches("[0-9a-f]+-.*")) {
        start = Long.parseUnsignedLong(line.substring(0, line.indexOf('-')), 16);
      } else if (line.startsWith("Anonymous:")) {
        kib.put(start, Long.parseLong(line.replaceAll("\\D+", "")));
      }
    }
    return kib;
  }
}
