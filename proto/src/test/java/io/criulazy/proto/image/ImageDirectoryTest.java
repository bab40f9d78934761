package io.criulazy.proto.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is missing or wrong between the images of a directory, and the chain of its parents. */
class ImageDirectoryTest {
  @TempDir private Path directory;

  private static Path write(Path file, ImageBytes image) throws IOException {
    return Files.write(file, image.toByteArray());
  }

  private static Path inventory(Path directory, int version) throws IOException {
    Files.createDirectories(directory);
    write(
        directory.resolve("inventory.img"),
        ImageBytes.of(ImageType.INVENTORY)
            .record(InventoryEntry.newBuilder().setImgVersion(version).build()));
    return directory;
  }

  private static PstreeEntry task(int pid, int ppid) {
    return PstreeEntry.newBuilder().setPid(pid).setPpid(ppid).setPgid(1).setSid(1).build();
  }

  private ImageDirectory withTasks(PstreeEntry... tasks) throws IOException {
    inventory(directory, 2);
    ImageBytes pstree = ImageBytes.of(ImageType.PSTREE);
    for (PstreeEntry task : tasks) {
      pstree.record(task);
    }
    write(directory.resolve("pstree.img"), pstree);
    return ImageDirectory.open(directory);
  }

  private void core(int pid, int state) throws IOException {
    TaskCoreEntry core =
        TaskCoreEntry.newBuilder().setTaskState(state).setExitCode(0).setComm("x").build();
    write(
        directory.resolve("core-" + pid + ".img"),
        ImageBytes.of(ImageType.CORE)
            .record(CoreEntry.newBuilder().setMtype(1).setTc(core).build()));
  }

  private static void refuses(Call call, String reason) {
    assertThatExceptionOfType(ImageFormatException.class)
        .isThrownBy(call::run)
        .withMessageContaining(reason);
  }

  private static void misses(Call call, String reason) {
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(call::run)
        .withMessageContaining(reason);
  }

  private interface Call {
    void run() throws IOException;
  }

  @Test
  void saysWhatIsNoImageDirectory() throws IOException {
    misses(
        () -> ImageDirectory.open(directory.resolve("none")),
        directory.resolve("none")
            + ": no such directory; pass the directory given to criu dump -D");
    misses(
        () -> ImageDirectory.open(directory),
        "not a CRIU image directory: no inventory.img in %s; pass the directory given to criu dump"
            .formatted(directory));
  }

  @Test
  void knowsTheVersionsOfImages() throws IOException {
    for (int version = 1; version <= 2; version++) {
      ImageDirectory images = ImageDirectory.open(inventory(directory, version));
      assertThat(images.inventory().orElseThrow().getImgVersion()).isEqualTo(version);
    }
    inventory(directory, 3);
    refuses(() -> ImageDirectory.open(directory), "image version 3 is not known");
  }

  @Test
  void saysWhichImageIsMissing() throws IOException {
    ImageDirectory empty = ImageDirectory.open(inventory(directory, 2));
    misses(empty::tasks, directory.resolve("pstree.img") + ": no such image; the dump did not");
    misses(() -> empty.mm(5), directory.resolve("mm-5.img").toString());
    misses(() -> empty.pagemap(5), directory.resolve("pagemap-5.img").toString());
    misses(() -> empty.pagesFile(5), directory.resolve("pages-5.img").toString());
    misses(() -> empty.shmemPagemap(-1), "pagemap-shmem-18446744073709551615.img");
    assertThat(empty.hasPagemap(5)).isFalse();
    misses(withTasks(task(9, 0))::tasks, directory.resolve("core-9.img").toString());
  }

  @Test
  void tasksAreATree() throws IOException {
    for (int pid = 1; pid <= 3; pid++) {
      core(pid, pid);
    }
    assertThat(withTasks(task(1, 0), task(2, 1), task(3, 2)).tasks())
        .extracting(ImageTask::state)
        .containsExactly(TaskState.ALIVE, TaskState.DEAD, TaskState.STOPPED);
    refuses(withTasks()::tasks, "holds no task");
    refuses(withTasks(task(1, 0), task(1, 1))::tasks, "pid 1 is there twice");
    refuses(withTasks(task(1, 0), task(2, 0))::tasks, "task 2 is a second root");
    refuses(withTasks(task(1, 0), task(2, 3), task(3, 1))::tasks, "parent 3 of task 2 is not");
    refuses(withTasks(task(1, 1))::tasks, "parent 1 of task 1 is not in front");
    refuses(withTasks(task(0, 0))::tasks, "pid 0 is impossible");
    refuses(withTasks(task(-5, 0))::tasks, "pid 4294967291 is impossible");
    PstreeEntry thread = task(1, 0).toBuilder().addThreads(1 << 23).build();
    refuses(withTasks(thread)::tasks, "thread id 8388608 of task 1 is impossible");
    core(1, 9);
    refuses(withTasks(task(1, 0))::tasks, "task state 9 of task 1 is not known");
  }

  @Test
  void mappingsAreRangesInOrder() throws IOException {
    ImageDirectory images = ImageDirectory.open(inventory(directory, 2));
    mm(vma(0x1000, 0x3000, 1), vma(0x3000, 0x4000, 1), vma(0x2000, 0x3000, VmaStatus.GUARD));
    assertThat(images.mm(1).getVmasList()).hasSize(3);
    mm(vma(0x1000, 0x2000, 1), vma(0xffff_ffff_ff60_0000L, 0xffff_ffff_ff60_1000L, 4));
    assertThat(images.mm(1).getVmasList()).hasSize(2);
    mm(vma(0x1000, 0x3000, 1), vma(0x2000, 0x4000, 1));
    refuses(() -> images.mm(1), "mapping 0x2000-0x4000, but the one before ends at 0x3000");
    mm(vma(0x1000, 0x1000, 1));
    refuses(() -> images.mm(1), "mapping 0x1000-0x1000 is not a range of whole pages");
    mm(vma(0x1000, -0x1000, 1));
    refuses(
        () -> images.mm(1), "mapping 0x1000-0xfffffffffffff000 is longer than an address space");
    mm(vma(0x1000, 0x1800, 1));
    refuses(() -> images.mm(1), "mapping 0x1000-0x1800 is not a range of whole pages");
    mm(vma(-0x1000, 0x1000, 1));
    refuses(() -> images.mm(1), "mapping 0xfffffffffffff000-0x1000 is not");
  }

  private static VmaEntry vma(long start, long end, int status) {
    return VmaEntry.newBuilder()
        .setStart(start)
        .setEnd(end)
        .setPgoff(0)
        .setShmid(0)
        .setProt(3)
        .setFlags(0x22)
        .setStatus(status)
        .setFd(-1)
        .build();
  }

  private void mm(VmaEntry... vmas) throws IOException {
    MmEntry.Builder mm = MmEntry.newBuilder().addAllVmas(List.of(vmas));
    for (int field = 1; field <= 12; field++) {
      var descriptor = MmEntry.getDescriptor().findFieldByNumber(field);
      mm.setField(descriptor, field == 12 ? (Object) 1 : (Object) 0L);
    }
    write(directory.resolve("mm-1.img"), ImageBytes.of(ImageType.MM).record(mm.build()));
  }

  @Test
  void parentsAreFollowedToTheOldest() throws IOException {
    Path newest = inventory(directory.resolve("3"), 2);
    Path middle = inventory(directory.resolve("2"), 2);
    Path oldest = Files.createDirectory(directory.resolve("1"));
    Files.createSymbolicLink(newest.resolve("parent"), Path.of("../2"));
    Files.createSymbolicLink(middle.resolve("parent"), oldest.toAbsolutePath());
    List<ImageDirectory> chain = ImageDirectory.open(newest).chain();
    assertThat(chain).hasSize(3);
    assertThat(chain.get(0).path()).isEqualTo(newest);
    assertThat(chain.get(1).path()).isEqualTo(newest.resolve("../2"));
    assertThat(chain.get(2).path()).isEqualTo(oldest);
    assertThat(chain.get(1).inventory()).isPresent();
    assertThat(chain.get(2).inventory()).isEmpty();
  }

  @Test
  void aParentLinkIsResolvedWhereTheDirectoryReallyIs() throws IOException {
    Path real = inventory(directory.resolve("a/b/dump"), 2);
    inventory(directory.resolve("a/b/pre"), 2);
    Files.createSymbolicLink(real.resolve("parent"), Path.of("../pre"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);
    assertThat(ImageDirectory.open(link).chain().get(1).path().toRealPath())
        .isEqualTo(directory.resolve("a/b/pre").toRealPath());
  }

  @Test
  void brokenAndEndlessParentsAreErrors() throws IOException {
    Path one = inventory(directory.resolve("one"), 2);
    Path two = inventory(directory.resolve("two"), 2);
    Files.createSymbolicLink(one.resolve("parent"), Path.of("../gone"));
    misses(
        () -> ImageDirectory.open(one).chain(),
        one.resolve("parent") + ": points to " + one.resolve("../gone") + ", which is not there");
    Files.delete(one.resolve("parent"));
    Files.createSymbolicLink(one.resolve("parent"), two);
    Files.createSymbolicLink(two.resolve("parent"), one);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> ImageDirectory.open(one).chain())
        .withMessageContaining("the parent links form a loop");
    Files.delete(two.resolve("parent"));
    Files.createSymbolicLink(two.resolve("parent"), Path.of("parent"));
    misses(() -> ImageDirectory.open(two).chain(), "which is not there");
  }

  @Test
  void tooManyParentsAreAnError() throws IOException {
    for (int i = 0; i <= ImageDirectory.MAX_PARENTS + 1; i++) {
      Path here = Files.createDirectory(directory.resolve("d" + i));
      Files.createSymbolicLink(here.resolve("parent"), Path.of("../d" + (i + 1)));
    }
    Path start = inventory(directory.resolve("d0"), 2);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> ImageDirectory.open(start).chain())
        .withMessageContaining("more than 256 parents in a row");
  }

  @Test
  void sharedMemoriesAreListedByNumber() throws IOException {
    ImageDirectory images = ImageDirectory.open(inventory(directory, 2));
    for (String id : List.of("11", "9", "18446744073709551615")) {
      write(
          directory.resolve("pagemap-shmem-" + id + ".img"),
          ImageBytes.of(ImageType.PAGEMAP).head(1));
    }
    assertThat(images.shmemIds()).containsExactly(9L, 11L, -1L);
    write(directory.resolve("pagemap-shmem-x.img"), ImageBytes.of(ImageType.PAGEMAP));
    refuses(images::shmemIds, "\"x\" is no id of a shared memory");
  }

  @Test
  void filesBeforeCriu3HaveTheirOwnImage() throws IOException {
    ImageDirectory images = ImageDirectory.open(inventory(directory, 1));
    assertThat(images.files().name(7)).isEmpty();
    write(
        directory.resolve("reg-files.img"),
        ImageBytes.old(ImageType.REG_FILES)
            .record(RegFileEntry.newBuilder().setId(7).setName("/lib/libc.so").build()));
    assertThat(images.files().name(7)).contains("/lib/libc.so");
    assertThat(images.files().name((1L << 32) + 7)).isEmpty();
  }
}
