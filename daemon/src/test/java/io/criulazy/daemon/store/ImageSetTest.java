package io.criulazy.daemon.store;

import static io.criulazy.daemon.store.TestImages.BASE;
import static io.criulazy.daemon.store.TestImages.PAGE;
import static io.criulazy.daemon.store.TestImages.SHARED_MEMORY;
import static io.criulazy.daemon.store.TestImages.TASK;
import static io.criulazy.daemon.store.TestImages.ZOMBIE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.proto.image.ImageFormatException;
import io.criulazy.proto.image.Vma;
import io.criulazy.proto.index.SeekIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageSetTest {
  private static final int PAGES = 8;

  @TempDir Path temp;

  @Test
  void fromATaskToTheBytesOfAPage() throws IOException {
    try (ImageSet set = ImageStore.open(TestImages.write(temp, PAGES))) {
      assertThat(set.taskIds()).containsExactly((long) TASK);
      assertThat(set.tasks()).hasSize(2);
      SeekIndex index = set.index(TASK);
      int entry = index.find(BASE + 5 * PAGE);
      assertThat(index.lazy(entry)).isTrue();
      ByteBuffer page = ByteBuffer.allocate((int) PAGE);
      set.pagesFile(index.file(entry))
          .read(index.fileOffset(entry) + BASE + 5 * PAGE - index.start(entry), page);
      assertThat(page.get(100)).isEqualTo((byte) 5);
    }
  }

  @Test
  void memoryMapAndSharedMemory() throws IOException {
    try (ImageSet set = ImageStore.open(TestImages.write(temp, PAGES))) {
      Vma vma = set.memoryMap(TASK).at(BASE + PAGE);
      assertThat(vma.end()).isEqualTo(BASE + PAGES * PAGE);
      assertThat(vma.canBeLazy()).isTrue();
      assertThat(set.sharedMemoryIds()).containsExactly(SHARED_MEMORY);
      assertThat(set.sharedMemoryIndex(SHARED_MEMORY).pageCount()).isEqualTo(1);
    }
  }

  @Test
  void tasksWithoutMemoryAndTasksThatAreNotThere() throws IOException {
    try (ImageSet set = ImageStore.open(TestImages.write(temp, PAGES))) {
      for (long id : new long[] {ZOMBIE, 99}) {
        assertThatThrownBy(() -> set.index(id))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("no task " + id + " with memory");
      }
    }
  }

  @Test
  void manyThreadsGetOneIndex() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (ImageSet set = ImageStore.open(TestImages.write(temp, PAGES))) {
      CountDownLatch start = new CountDownLatch(1);
      List<Future<SeekIndex>> indexes = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        indexes.add(
            threads.submit(
                () -> {
                  start.await();
                  return set.index(TASK);
                }));
      }
      start.countDown();
      for (Future<SeekIndex> index : indexes) {
        assertThat(index.get(10, TimeUnit.SECONDS)).isSameAs(set.index(TASK));
      }
      assertThat(set.pagesFiles()).hasSize(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void prefetchingHoldsTheSetUntilItIsDone() throws Exception {
    ImageSet set = ImageStore.open(TestImages.write(temp, PAGES));
    List<Runnable> later = new ArrayList<>();
    CompletableFuture<SeekIndex> index = set.prefetchIndex(TASK, later::add);
    set.close();
    later.get(0).run();
    assertThat(index.get().pageCount()).isEqualTo(PAGES);
    assertThatThrownBy(() -> set.index(TASK)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aCancelledPrefetchGivesItsReferenceBackToo() throws Exception {
    ImageSet set = ImageStore.open(TestImages.write(temp, PAGES));
    List<Runnable> later = new ArrayList<>();
    set.prefetchIndex(TASK, later::add).cancel(true);
    set.close();
    later.get(0).run();
    assertThatThrownBy(set::retain).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aFailedIndexSaysWhyAndIsTriedAgain() throws Exception {
    TestImages.writeWithoutPages(temp, PAGES);
    try (ImageSet set = ImageStore.open(temp)) {
      assertThatThrownBy(() -> set.prefetchIndex(TASK, Runnable::run).get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(NoSuchFileException.class);
      assertThatThrownBy(() -> set.index(TASK))
          .isInstanceOf(NoSuchFileException.class)
          .hasMessageContaining("pages-1.img");
      TestImages.writePages(temp.resolve("pages-1.img"), PAGES);
      assertThat(set.index(TASK).pageCount()).isEqualTo(PAGES);
    }
  }

  @Test
  void aPagesFileThatIsTooShort() throws IOException {
    TestImages.writeWithoutPages(temp, PAGES);
    TestImages.writePages(temp.resolve("pages-1.img"), PAGES - 1);
    try (ImageSet set = ImageStore.open(temp)) {
      assertThatThrownBy(() -> set.index(TASK))
          .isInstanceOf(ImageFormatException.class)
          .hasMessageContaining("ends after 28672 bytes, but pagemap-10.img promises 32768");
    }
  }

  @Test
  void aChangedPagesFileIsFoundInTheSet() throws IOException {
    try (ImageSet set = ImageStore.open(TestImages.write(temp, PAGES))) {
      set.index(TASK);
      set.verifyUnchanged();
      TestImages.writePages(temp.resolve("pages-1.img"), 2);
      assertThatThrownBy(set::verifyUnchanged).isInstanceOf(ChangedImageException.class);
    }
  }

  @Test
  void theLastCloseUnmapsAndClosesEverything() throws IOException {
    ImageSet set = ImageStore.open(TestImages.write(temp, PAGES));
    PagesFile file = set.pagesFile(set.index(TASK).file(0));
    file.segment(0);
    set.retain();
    set.close();
    assertThat(holdsOpen(file.path())).isTrue();
    file.verifyUnchanged();
    set.close();
    assertThat(holdsOpen(file.path())).isFalse();
    assertThatThrownBy(() -> file.read(0, ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
  }

  @Test
  void aReferenceTooManyGivenBack() throws IOException {
    ImageSet set = ImageStore.open(TestImages.write(temp, PAGES));
    set.close();
    assertThatThrownBy(set::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed");
    assertThatThrownBy(set::retain).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> set.pagesFile(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> set.memoryMap(TASK)).isInstanceOf(IllegalStateException.class);
  }

  private static boolean holdsOpen(Path file) throws IOException {
    if (Files.readString(Path.of("/proc/self/maps")).contains(file.toString())) {
      return true;
    }
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.anyMatch(fd -> file.toString().equals(target(fd)));
    }
  }

  /** Where a link of /proc points to; null if it has gone meanwhile. */
  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException gone) {
      return null;
    }
  }
}
