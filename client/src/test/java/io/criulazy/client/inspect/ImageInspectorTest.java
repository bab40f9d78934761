package io.criulazy.client.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.criulazy.client.testing.CommittedImages;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageInspectorTest {
  @TempDir private Path directory;

  @BeforeEach
  void copy() throws IOException {
    CommittedImages.copyTo(directory);
  }

  private ImageInspection all() throws IOException {
    return ImageInspector.inspect(directory, OptionalInt.empty());
  }

  @Test
  void countsThePagesOfEachKind() throws IOException {
    ImageInspection images = all();
    assertThat(images.tasks())
        .extracting(task -> task.task().pid())
        .containsExactly(CommittedImages.ROOT, CommittedImages.CHILD, CommittedImages.ZOMBIE);
    TaskInspection root = images.tasks().get(0);
    assertThat(root.counts().of(PageKind.LAZY)).isEqualTo(73);
    assertThat(root.counts().of(PageKind.EAGER)).isEqualTo(10);
    assertThat(root.counts().total()).isEqualTo(83);
    assertThat(root.strayPages()).isZero();
    assertThat(root.mappedBytes()).isEqualTo(9_936_896);
    assertThat(root.fragmentation().entries()).isEqualTo(42);
    assertThat(root.fragmentation().pages()).isEqualTo(83);
    assertThat(root.fragmentation().entriesOfClass(0)).isEqualTo(35);
    assertThat(root.fragmentation().classes()).isEqualTo(6);
    assertThat(root.aioRings()).hasSize(1);
    assertThat(images.sharedMemories())
        .singleElement()
        .satisfies(memory -> assertThat(memory.fragmentation().pages()).isEqualTo(4));
    assertThat(images.problems()).isEmpty();
  }

  @Test
  void mappingsHaveNames() throws IOException {
    assertThat(all().tasks().get(0).mappings())
        .extracting(Mapping::name)
        .contains(
            "/tmp/img-fx/tree", "[heap]", "[aio-ring]", "/dev/zero", "[stack]", "[vdso]", "[anon]");
  }

  @Test
  void everySecondPageOfAMappingIsZero() throws IOException {
    Mapping fragmented =
        all().tasks().get(0).mappings().stream()
            .filter(mapping -> mapping.vma().start() == 0x7f1a36045000L)
            .findFirst()
            .orElseThrow();
    assertThat(fragmented.pages()).isEqualTo(96);
    assertThat(fragmented.counts().of(PageKind.LAZY)).isEqualTo(64);
    assertThat(fragmented.zeroPages()).isEqualTo(32);
    assertThat(fragmented.density(0)).isEqualTo(1);
    assertThat(fragmented.density(fragmented.cells() - 1)).isBetween(0.4, 0.6);
  }

  @Test
  void aDeadTaskHasNoMemory() throws IOException {
    TaskInspection zombie =
        ImageInspector.inspect(directory, OptionalInt.of(CommittedImages.ZOMBIE)).tasks().get(0);
    assertThat(zombie.mappings()).isEmpty();
    assertThat(zombie.pagesFile()).isNull();
  }

  @Test
  void aPidThatIsNotThereIsAnErrorThatListsThoseThatAre() {
    assertThatExceptionOfType(NoSuchElementException.class)
        .isThrownBy(() -> ImageInspector.inspect(directory, OptionalInt.of(7)))
        .withMessage(
            "%s: no task with pid 7; there are 1956 (tree), 1959 (tree), 1960 (tree)", directory);
  }

  @Test
  void pagesFilesThatAreMissingOrTooShortAreProblems() throws IOException {
    Files.delete(directory.resolve("pages-1.img"));
    try (RandomAccessFile pages =
        new RandomAccessFile(directory.resolve("pages-2.img").toFile(), "rw")) {
      pages.setLength(4096);
    }
    assertThat(all().problems())
        .containsExactly(
            directory.resolve("pages-2.img")
                + " is truncated: 4096 bytes of 339968;"
                + " copy it again from where it was dumped, or dump again",
            directory.resolve("pages-1.img")
                + " is missing; copy it again from where it was dumped, or dump again");
  }

  @Test
  void otherMissingImagesAreErrors() throws IOException {
    Files.delete(directory.resolve("mm-1959.img"));
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(this::all)
        .withMessageContaining("mm-1959.img");
  }
}
