package io.criulazy.client.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.sys.PrivateMemory;
import io.criulazy.client.testing.Budget;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import io.criulazy.proto.index.SeekIndex;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What holds for every {@link PageSource}, wherever its pages come from. */
@Timeout(60)
abstract class PageSourceContract {
  static final int TASK = 1956;
  static final long PAGE = 4096;

  private static final Path KEPT = Path.of("../proto/src/test/resources/images/criu-4.1.1");

  @TempDir Path scratch;
  final AtomicInteger arrivals = new AtomicInteger();
  ImageSet images;
  private SeekIndex index;
  PageSource source;
  private PrivateMemory memory;
  private final PageSpan span = new PageSpan();

  /** The pages of {@link #TASK} of {@link #images}; arrivals are counted. */
  abstract PageSource open() throws IOException;

  /** Closes what {@link #open} has opened. */
  abstract void closeAll() throws IOException;

  @BeforeEach
  void start() throws IOException {
    try (Stream<Path> kept = Files.list(KEPT)) {
      for (Path image : kept.toList()) {
        Files.copy(image, scratch.resolve(image.getFileName().toString()));
      }
    }
    for (int id = 1; id < 5; id++) {
      writePages(scratch.resolve("pages-" + id + ".img"));
    }
    images = ImageStore.open(scratch);
    index = images.index(TASK);
    memory = new PrivateMemory(PAGE);
    source = open();
  }

  /**
   * Each page differs from the others, each seventh is zeros, half of the rest can be compressed.
   */
  private static void writePages(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4 << 20).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < bytes.capacity(); at += Long.BYTES) {
      long word = at / PAGE % 2 == 0 ? at : at / 64;
      bytes.putLong(at, at / PAGE % 7 == 3 ? 0 : word * 0x9e3779b97f4a7c15L + file.hashCode());
    }
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.write(bytes.array());
    }
  }

  @AfterEach
  void end() throws IOException {
    closeAll();
    memory.close();
    images.close();
  }

  @Test
  void eachLazyPageIsThatOfTheImageWhoeverAsksForIt() throws IOException {
    int asked = 0;
    for (int entry = 0; entry < index.entryCount(); entry++) {
      for (long at = index.start(entry); index.lazy(entry) && at < index.end(entry); at += PAGE) {
        verify(source, at, asked++ % 3 == 0 ? Urgency.FAULT : Urgency.BACKGROUND);
      }
    }
    assertThat(asked).isGreaterThan(50);
  }

  @Test
  void pagesAreFoundInAnyOrderAndGivenBackInPieces() throws IOException {
    for (int entry = index.entryCount() - 1; entry >= 0; entry--) {
      for (long at = index.end(entry) - PAGE;
          index.lazy(entry) && at >= index.start(entry);
          at -= PAGE) {
        verify(source, at, Urgency.FAULT);
        source.settled(at, PAGE);
      }
    }
  }

  @Test
  void anAddressWithoutAPageIsNowhere() {
    long end = index.end(index.entryCount() - 1);
    for (long address : new long[] {0, index.start(0) - PAGE, end, Long.MAX_VALUE & -PAGE}) {
      source.locate(address, Urgency.FAULT, span);
      assertThat(span.isHere()).isFalse();
      assertThat(span.isComing()).isFalse();
    }
  }

  @Test
  void aChildFindsWhatItsParentHasNotSettled() throws IOException {
    int entry = firstLazy(2);
    long first = index.start(entry);
    verify(source, first, Urgency.FAULT);
    PageSource child = source.fork();
    source.settled(first, index.end(entry) - first);
    for (long at = first; at < index.end(entry); at += PAGE) {
      verify(child, at, Urgency.FAULT);
    }
    source.leave();
    PageSource grandchild = child.fork();
    child.leave();
    verify(grandchild, first + PAGE, Urgency.BACKGROUND);
  }

  int firstLazy(int pages) {
    int entry = 0;
    while (!index.lazy(entry) || index.end(entry) - index.start(entry) < pages * PAGE) {
      entry++;
    }
    return entry;
  }

  private void verify(PageSource from, long address, Urgency urgency) throws IOException {
    Budget.ofSeconds(20)
        .await(
            "page " + Long.toHexString(address),
            () -> isHere(from, address, urgency),
            () -> "coming");
    int entry = index.find(address);
    assertThat(address + span.bytes()).isLessThanOrEqualTo((address | 0x3fff_ffffL) + 1);
    ByteBuffer expected = ByteBuffer.allocate((int) PAGE).order(ByteOrder.nativeOrder());
    long offset = index.fileOffset(entry) + address - index.start(entry);
    images.pagesFile(index.file(entry)).read(offset, expected);
    for (int at : new int[] {0, 8, 2048, (int) PAGE - 8}) {
      assertThat(memory.readThroughKernel(span.address() + at - memory.address()))
          .as("word %d of page %x", at / 8, address)
          .isEqualTo(expected.getLong(at));
    }
  }

  private boolean isHere(PageSource from, long address, Urgency urgency) {
    from.locate(address, urgency, span);
    assertThat(span.isHere() || span.isComing()).as("page %x", address).isTrue();
    return span.isHere();
  }
}
