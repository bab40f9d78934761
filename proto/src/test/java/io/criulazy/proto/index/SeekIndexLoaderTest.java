package io.criulazy.proto.index;

import static io.criulazy.proto.image.PagemapReader.LAZY;
import static io.criulazy.proto.image.PagemapReader.PARENT;
import static io.criulazy.proto.image.PagemapReader.PRESENT;
import static io.criulazy.proto.index.PageModel.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.image.ImageFormatException;
import io.criulazy.proto.index.PageModel.Place;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeekIndexLoaderTest {
  private static final long BASE = 0x7f00_0000_0000L;

  @TempDir Path temp;

  private final FilesByPath files = new FilesByPath();

  @Test
  void presentEntriesTakeTheirPagesInOrderAndTheOthersTakeNone() throws IOException {
    new PagemapWriter(temp.resolve("0"), 1).entry(BASE + 4 * PAGE, 3, PRESENT).write();
    ImageDirectory images =
        new PagemapWriter(temp.resolve("1"), 9)
            .parent(Path.of("../0"))
            .entry(BASE, 2, PRESENT | LAZY)
            .entry(BASE + 2 * PAGE, 2, LAZY)
            .entry(BASE + 5 * PAGE, 1, PARENT)
            .entry(BASE + 9 * PAGE, 4, PRESENT)
            .write();
    PageModel model = new PageModel();
    model.put(BASE, 2, new Place(true, true, 0, 0));
    model.put(BASE + 2 * PAGE, 2, new Place(true, false, 0, 0));
    model.put(BASE + 5 * PAGE, 1, new Place(false, true, 1, PAGE));
    model.put(BASE + 9 * PAGE, 4, new Place(false, true, 0, 2 * PAGE));
    model.assertSameAs(load(images));
  }

  @Test
  void aLazyDumpHasNoPageInItsFile() throws IOException {
    ImageDirectory images =
        new PagemapWriter(temp, 1).entry(BASE, 5, LAZY).entry(BASE + 5 * PAGE, 2, LAZY).write();
    SeekIndex index = load(images);
    assertThat(index.entryCount()).isEqualTo(1);
    assertThat(index.present(0)).isFalse();
    assertThat(files.count()).isZero();
  }

  @Test
  void aTaskWithoutPages() throws IOException {
    assertThat(load(new PagemapWriter(temp, 1).write()).entryCount()).isZero();
  }

  @Test
  void randomChainsOfUpToFiveParentsAnswerLikeTheModel() throws IOException {
    for (int seed = 0; seed < 60; seed++) {
      FilesByPath numbers = new FilesByPath();
      RandomChain chain = new RandomChain(temp.resolve("seed" + seed), new Random(seed));
      ImageDirectory youngest = chain.write(1 + seed % 6);
      SeekIndex index =
          SeekIndexLoader.load(youngest.chain(), numbers, PagemapKind.TASK, PagemapWriter.PID);
      chain.model(numbers).assertSameAs(index);
    }
  }

  @Test
  void parentsThatNobodyNeedsAreNotRead() throws IOException {
    new PagemapWriter(temp.resolve("0"), 1).write();
    Files.writeString(temp.resolve("0/pagemap-42.img"), "damaged");
    ImageDirectory images =
        new PagemapWriter(temp.resolve("1"), 1)
            .parent(Path.of("../0"))
            .entry(BASE, 1, PRESENT)
            .write();
    assertThat(load(images).pageCount()).isEqualTo(1);
  }

  @Test
  void aPageThatNoAncestorHas() throws IOException {
    new PagemapWriter(temp.resolve("0"), 1).entry(BASE, 2, PRESENT).write();
    ImageDirectory images =
        new PagemapWriter(temp.resolve("1"), 1)
            .parent(Path.of("../0"))
            .entry(BASE + PAGE, 2, PARENT)
            .write();
    assertThatThrownBy(() -> load(images))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("pagemap-42.img")
        .hasMessageContaining("the page at 0x7f0000002000 is in the parent image")
        .hasMessageContaining("1/../0 has no such page");
  }

  @Test
  void aParentWithoutThatTask() throws IOException {
    new PagemapWriter(temp.resolve("0"), 1).write();
    Files.delete(temp.resolve("0/pagemap-42.img"));
    ImageDirectory images =
        new PagemapWriter(temp.resolve("1"), 1)
            .parent(Path.of("../0"))
            .entry(BASE, 1, PARENT)
            .write();
    assertThatThrownBy(() -> load(images))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("0x7f0000000000")
        .hasMessageContaining("has no pagemap-42.img");
  }

  @Test
  void noParentAtAll() throws IOException {
    ImageDirectory images = new PagemapWriter(temp, 1).entry(BASE, 1, PARENT).write();
    assertThatThrownBy(() -> load(images))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("0x7f0000000000")
        .hasMessageContaining("has no link \"parent\"");
  }

  @Test
  void aParentThatLeftItsBytesWithTheDumpingCriu() throws IOException {
    new PagemapWriter(temp.resolve("0"), 1).entry(BASE, 2, LAZY).write();
    ImageDirectory images =
        new PagemapWriter(temp.resolve("1"), 1)
            .parent(Path.of("../0"))
            .entry(BASE, 1, PARENT)
            .write();
    assertThatThrownBy(() -> load(images))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("left its bytes with a dumping criu");
  }

  @Test
  void aPagesFileThatIsTooShortAndOneThatIsLonger() throws IOException {
    PagemapWriter writer = new PagemapWriter(temp, 7).entry(BASE, 3, PRESENT);
    ImageDirectory images = writer.write();
    setLength(writer.pagesFile(), 4 * PAGE);
    assertThat(load(images).pageCount()).isEqualTo(3);
    setLength(writer.pagesFile(), 3 * PAGE - 1);
    assertThatThrownBy(
            () ->
                SeekIndexLoader.load(
                    images.chain(), new FilesByPath(), PagemapKind.TASK, PagemapWriter.PID))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("pages-7.img")
        .hasMessageContaining("ends after 12287 bytes, but pagemap-42.img promises 12288");
  }

  @Test
  void aMissingPagesFile() throws IOException {
    PagemapWriter writer = new PagemapWriter(temp, 7).entry(BASE, 3, PRESENT);
    ImageDirectory images = writer.write();
    Files.delete(writer.pagesFile());
    assertThatThrownBy(() -> load(images))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("pages-7.img");
  }

  private SeekIndex load(ImageDirectory images) throws IOException {
    return SeekIndexLoader.load(images.chain(), files, PagemapKind.TASK, PagemapWriter.PID);
  }

  private static void setLength(Path file, long bytes) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(bytes);
    }
  }

  /** Generations of images with random entries, and page by page what the youngest means. */
  private static final class RandomChain {
    private static final int PAGES = 200;

    private final Path directory;
    private final Random random;
    private final List<ImageDirectory> written = new ArrayList<>();

    /** Of each page: generation that has its bytes, or -1; page number in that pages file. */
    private int[] owner = new int[PAGES];

    private long[] pageInFile = new long[PAGES];
    private boolean[] lazy = new boolean[PAGES];

    RandomChain(Path directory, Random random) {
      this.directory = directory;
      this.random = random;
      Arrays.fill(owner, -1);
    }

    ImageDirectory write(int generations) throws IOException {
      for (int i = 0; i < generations; i++) {
        written.add(writeGeneration(i));
      }
      return written.get(generations - 1);
    }

    private ImageDirectory writeGeneration(int number) throws IOException {
      PagemapWriter writer = new PagemapWriter(directory.resolve("" + number), 1);
      if (number > 0) {
        writer.parent(Path.of("../" + (number - 1)));
      }
      for (int page = 0; page < PAGES; ) {
        page = addRun(writer, number, page);
      }
      return writer.write();
    }

    private int addRun(PagemapWriter writer, int number, int from) {
      int to = Math.min(PAGES, from + 1 + random.nextInt(6));
      int what = random.nextInt(4);
      if (what == 0) {
        to = inheritable(from, to);
        if (to > from) {
          Arrays.fill(lazy, from, to, false);
          writer.entry(BASE + from * PAGE, to - from, PARENT);
          return to;
        }
        to = from + 1;
      }
      if (what <= 1) {
        Arrays.fill(owner, from, to, -1);
        return to;
      }
      for (int page = from; page < to; page++) {
        owner[page] = number;
        pageInFile[page] = writer.presentPages() + page - from;
        lazy[page] = what == 2;
      }
      writer.entry(BASE + from * PAGE, to - from, what == 2 ? PRESENT | LAZY : PRESENT);
      return to;
    }

    /** End of the pages from there on that the generation before has. */
    private int inheritable(int from, int to) {
      int end = from;
      while (end < to && owner[end] >= 0) {
        end++;
      }
      return end;
    }

    PageModel model(FilesByPath numbers) throws IOException {
      PageModel model = new PageModel();
      for (int page = 0; page < PAGES; page++) {
        if (owner[page] >= 0) {
          int file = numbers.ordinal(written.get(owner[page]), 1);
          model.put(
              BASE + page * PAGE, 1, new Place(lazy[page], true, file, pageInFile[page] * PAGE));
        }
      }
      return model;
    }
  }
}
