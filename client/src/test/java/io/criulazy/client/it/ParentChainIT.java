package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.IncrementalImages;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.Victim;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import io.criulazy.proto.image.Vma;
import io.criulazy.proto.index.SeekIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three dumps by real criu of a process that rewrites a third of its pages in between, each made to
 * depend on the one before: each page of the process, read through the index of the youngest image,
 * is what the process itself has there, and what the index does not know is zero.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC})
class ParentChainIT {
  private static final int PAGE = (int) SeekIndex.PAGE_BYTES;
  private static final int MIB = 8;

  @TempDir Path scratch;

  @Test
  void everyPageIsWhatTheProcessHas() throws IOException {
    try (Victim victim = Victim.start(scratch, "pages", "mib=" + MIB, "stride=2")) {
      Path oldest = dump(victim, 1);
      victim.rewrite(2);
      Path middle = dump(victim, 2);
      victim.rewrite(3);
      victim.signal("STOP");
      Budget.ofSeconds(10).await("the victim stands still", victim::isStopped, victim::toString);
      Path youngest = dump(victim, 3);
      assertThat(IncrementalImages.dependOn(middle, oldest, victim.pid())).isPositive();
      assertThat(IncrementalImages.dependOn(youngest, middle, victim.pid())).isPositive();
      try (ImageSet images = ImageStore.open(youngest);
          FileChannel memory = FileChannel.open(Path.of("/proc/" + victim.pid() + "/mem"))) {
        assertSamePages(images, memory, victim.pid());
      }
    }
  }

  private Path dump(Victim victim, int generation) throws IOException {
    Path images = Files.createDirectory(scratch.resolve(Integer.toString(generation)));
    CriuRun.dumpLeaveRunning(victim, images);
    return images;
  }

  private static void assertSamePages(ImageSet images, FileChannel memory, long pid)
      throws IOException {
    SeekIndex index = images.index(pid);
    assertThat(images.pagesFiles()).as("pages come from all three images").hasSize(3);
    long lazyPages = 0;
    for (Vma vma : images.memoryMap(pid).vmas()) {
      lazyPages += assertSamePages(images, index, memory, vma);
    }
    assertThat(lazyPages).isGreaterThanOrEqualTo(MIB * 256);
    images.verifyUnchanged();
  }

  /** Returns the number of pages that were found in the images. */
  private static long assertSamePages(ImageSet images, SeekIndex index, FileChannel memory, Vma vma)
      throws IOException {
    long found = 0;
    for (long at = vma.start(); vma.start() >= 0 && at < vma.end(); at += PAGE) {
      int entry = index.find(at);
      if (entry < 0 && !vma.canBeLazy()) {
        continue;
      }
      ByteBuffer expected = ByteBuffer.allocate(PAGE);
      memory.read(expected, at);
      ByteBuffer page = ByteBuffer.allocate(PAGE);
      if (entry >= 0) {
        found++;
        images
            .pagesFile(index.file(entry))
            .read(index.fileOffset(entry) + at - index.start(entry), page);
      }
      assertThat(page.array()).as("page 0x%x of %s", at, vma).isEqualTo(expected.array());
    }
    return found;
  }
}
