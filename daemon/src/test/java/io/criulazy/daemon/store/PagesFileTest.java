package io.criulazy.daemon.store;

import static io.criulazy.daemon.store.TestImages.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PagesFileTest {
  private static final int PAGES = 8;
  private static final long GIB = 1L << 30;

  @TempDir Path temp;

  private Path path;
  private PagesFile file;

  @BeforeEach
  void open() throws IOException {
    path = temp.resolve("pages-1.img");
    TestImages.writePages(path, PAGES);
    file = PagesFile.open(path, 0);
  }

  @AfterEach
  void close() throws IOException {
    file.close();
  }

  @Test
  void readsAnyPlace() throws IOException {
    assertThat(file.sizeBytes()).isEqualTo(PAGES * PAGE);
    ByteBuffer bytes = read(file, 2 * PAGE - 1, 2);
    assertThat(bytes.get(0)).isEqualTo((byte) 1);
    assertThat(bytes.get(1)).isEqualTo((byte) 2);
    file.verifyUnchanged();
  }

  @Test
  void refusesToReadBehindTheEnd() {
    assertThatThrownBy(() -> read(file, PAGES * PAGE - 1, 2))
        .isInstanceOf(EOFException.class)
        .hasMessageContaining("no 2 bytes at offset 32767 of 32768");
    assertThatThrownBy(() -> read(file, -1, 1)).isInstanceOf(EOFException.class);
  }

  @Test
  void aSparseFileBeyondFourGib() throws IOException {
    Path large = temp.resolve("large.img");
    long last = 5 * GIB + 3 * PAGE;
    try (RandomAccessFile sparse = new RandomAccessFile(large.toFile(), "rw")) {
      sparse.setLength(last + PAGE);
      for (long at : new long[] {GIB - 1, GIB, 2 * GIB, 4 * GIB - 1, 4 * GIB, last}) {
        sparse.seek(at);
        sparse.write((int) (at >>> 29) + 3);
      }
    }
    PagesFile opened = PagesFile.open(large, 0);
    assertThat(opened.segmentCount()).isEqualTo(6);
    for (long at : new long[] {GIB - 1, GIB, 2 * GIB, 4 * GIB - 1, 4 * GIB, last}) {
      byte expected = (byte) ((at >>> 29) + 3);
      ByteBuffer segment = opened.segment((int) (at >>> PagesFile.SEGMENT_SHIFT));
      assertThat(segment.isDirect()).isTrue();
      assertThat(segment.get((int) (at & (PagesFile.SEGMENT_BYTES - 1)))).isEqualTo(expected);
      assertThat(read(opened, at, 1).get(0)).isEqualTo(expected);
    }
    assertThat(opened.segment(5).remaining()).isEqualTo((int) (4 * PAGE));
    assertThat(maps()).contains(large.toString());
    opened.close();
    assertThat(maps()).doesNotContain(large.toString());
    assertThatThrownBy(() -> opened.segment(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void mappingsCantBeWrittenTo() throws IOException {
    assertThat(file.segment(0).isReadOnly()).isTrue();
  }

  @Test
  void anEmptyFileHasNoSegment() throws IOException {
    Path empty = Files.createFile(temp.resolve("empty.img"));
    PagesFile opened = PagesFile.open(empty, 0);
    assertThat(opened.segmentCount()).isZero();
    opened.verifyUnchanged();
    opened.close();
  }

  @Test
  void aFileThatShrinksIsAnErrorWhicheverWayItIsRead() throws IOException {
    setLength(3 * PAGE);
    String now = "it had 32768 bytes and has 12288 now";
    assertThatThrownBy(file::verifyUnchanged)
        .isInstanceOf(ChangedImageException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining(now);
    assertThatThrownBy(() -> read(file, 5 * PAGE, (int) PAGE))
        .isInstanceOf(ChangedImageException.class)
        .hasMessageContaining(now);
    assertThatThrownBy(() -> read(file, 2 * PAGE, 2 * (int) PAGE))
        .isInstanceOf(ChangedImageException.class);
    assertThatThrownBy(() -> file.segment(0)).isInstanceOf(ChangedImageException.class);
  }

  @Test
  void aFileThatGrowsIsAnError() throws IOException {
    setLength(9 * PAGE);
    assertThatThrownBy(file::verifyUnchanged)
        .isInstanceOf(ChangedImageException.class)
        .hasMessageContaining("has 36864 now");
  }

  @Test
  void aFileThatIsWrittenToIsAnError() throws IOException {
    FileTime before = Files.getLastModifiedTime(path);
    Files.setLastModifiedTime(path, FileTime.from(before.toInstant().plusNanos(1)));
    assertThatThrownBy(file::verifyUnchanged)
        .isInstanceOf(ChangedImageException.class)
        .hasMessageContaining("it was written to");
  }

  @Test
  void anotherFileInItsPlaceIsAnErrorAndNoByteOfItIsRead() throws IOException {
    Path other = temp.resolve("other.img");
    Files.write(other, new byte[(int) (PAGES * PAGE)]);
    Files.setLastModifiedTime(other, Files.getLastModifiedTime(path));
    Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(file::verifyUnchanged)
        .isInstanceOf(ChangedImageException.class)
        .hasMessageContaining("another file is in its place");
    assertThat(read(file, 6 * PAGE, 1).get(0)).isEqualTo((byte) 6);
  }

  @Test
  void aRemovedFileIsStillThereForUs() throws IOException {
    Files.delete(path);
    file.verifyUnchanged();
    assertThat(read(file, 6 * PAGE, 1).get(0)).isEqualTo((byte) 6);
    assertThat(file.segment(0).get((int) (6 * PAGE))).isEqualTo((byte) 6);
  }

  @Test
  void whatIsNoFileOfPages() {
    assertThatThrownBy(() -> PagesFile.open(temp.resolve("pages-9.img"), 0))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("pages-9.img");
    assertThatThrownBy(() -> PagesFile.open(temp, 0))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not a regular file");
  }

  private static ByteBuffer read(PagesFile file, long offset, int bytes) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(bytes);
    file.read(offset, target);
    return target.flip();
  }

  private void setLength(long bytes) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(path.toFile(), "rw")) {
      open.setLength(bytes);
    }
  }

  private static String maps() throws IOException {
    return Files.readString(Path.of("/proc/self/maps"));
  }
}
