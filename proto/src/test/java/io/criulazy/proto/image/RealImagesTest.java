package io.criulazy.proto.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Images that criu 4.1.1 made of {@code src/test/c/allkinds.c} (built static, as tree), without the
 * pages, and what /proc/PID/maps said at that moment.
 */
class RealImagesTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/images/criu-4.1.1");
  private static final int ROOT = 1956;
  private static final int CHILD = 1959;
  private static final int ZOMBIE = 1960;

  private static ImageDirectory images;

  @BeforeAll
  static void open() throws IOException {
    images = ImageDirectory.open(DIRECTORY);
  }

  @Test
  void tasks() throws IOException {
    assertThat(images.tasks())
        .containsExactly(
            new ImageTask(ROOT, 0, ROOT, ROOT, List.of(ROOT, 1958), TaskState.ALIVE, "tree"),
            new ImageTask(CHILD, ROOT, ROOT, ROOT, List.of(CHILD), TaskState.ALIVE, "tree"),
            new ImageTask(ZOMBIE, ROOT, ROOT, ROOT, List.of(), TaskState.DEAD, "tree"));
    assertThat(images.inventory().orElseThrow().getImgVersion()).isEqualTo(2);
    assertThat(images.chain()).containsExactly(images);
  }

  /** criu takes [vvar] and the [vvar_vclock] behind it for one mapping. */
  @Test
  void mappingsAreThoseOfProc() throws IOException {
    for (int pid : List.of(ROOT, CHILD)) {
      List<String> maps =
          Files.readAllLines(DIRECTORY.resolve("maps-" + pid + ".txt")).stream()
              .filter(line -> !line.endsWith("[vvar_vclock]"))
              .map(line -> line.substring(0, line.indexOf(' ') + 4))
              .map(line -> line.replace("7f1a360a9000 r--", "7f1a360ab000 r--"))
              .toList();
      assertThat(images.mm(pid).getVmasList())
          .extracting(RealImagesTest::asInProc)
          .containsExactlyElementsOf(maps);
    }
  }

  private static String asInProc(VmaEntry vma) {
    int prot = vma.getProt();
    return String.format(
        "%08x-%08x %c%c%c",
        vma.getStart(),
        vma.getEnd(),
        (prot & 1) != 0 ? 'r' : '-',
        (prot & 2) != 0 ? 'w' : '-',
        (prot & 4) != 0 ? 'x' : '-');
  }

  @Test
  void theAioRingIsTheMappingThatProcNames() throws IOException {
    AioRingEntry ring = images.mm(ROOT).getAiosList().get(0);
    String line =
        Files.readAllLines(DIRECTORY.resolve("maps-" + ROOT + ".txt")).stream()
            .filter(l -> l.contains("/[aio]"))
            .findFirst()
            .orElseThrow();
    assertThat(line).startsWith("%x-%x ".formatted(ring.getId(), ring.getId() + ring.getRingLen()));
    assertThat(ring.getRingLen()).isEqualTo(8192);
    assertThat(images.mm(ROOT).getVmasList())
        .filteredOn(vma -> vma.getStart() == ring.getId())
        .allSatisfy(vma -> assertThat(vma.getStatus() & VmaStatus.AIO_RING).isNotZero());
  }

  @Test
  void pagesAreWhereTheProgramWrote() throws IOException {
    List<Long> single = new ArrayList<>();
    long[] whole = {0};
    try (PagemapReader reader = images.pagemap(ROOT)) {
      assertThat(reader.pagesId()).isEqualTo(2);
      reader.forEach(
          (vaddr, pages, flags) -> {
            if (vaddr > 0x7f1a36045000L && vaddr < 0x7f1a360a5000L && pages == 1) {
              single.add(vaddr);
            }
            if (vaddr == 0x7f1a36045000L) {
              whole[0] = pages;
            }
          });
      assertThat(reader.presentPages()).isEqualTo(339968 / 4096);
    }
    assertThat(single).hasSize(31);
    assertThat(whole[0]).isEqualTo(33);
  }

  @Test
  void sharedMemoryAndFileNames() throws IOException {
    VmaEntry shared =
        images.mm(ROOT).getVmasList().stream()
            .filter(vma -> vma.getStart() == 0x7f1a3603d000L)
            .findFirst()
            .orElseThrow();
    assertThat(shared.getStatus() & VmaStatus.MEMFD).isNotZero();
    long shmid = images.files().sharedMemory(shared.getShmid()).orElseThrow();
    assertThat(images.files().name(shared.getShmid())).contains("/dev/zero");
    assertThat(images.shmemIds()).containsExactly(shmid);
    try (PagemapReader reader = images.shmemPagemap(shmid)) {
      assertThat(reader.next()).isTrue();
      assertThat(reader.vaddr()).isZero();
      assertThat(reader.pages()).isEqualTo(4);
      assertThat(reader.next()).isFalse();
    }
    VmaEntry code = images.mm(ROOT).getVmas(0);
    assertThat(images.files().name(code.getShmid())).contains("/tmp/img-fx/tree");
  }

  /** Whatever is cut off: records, or an error that tells the place; nothing else. */
  @Test
  void everyTruncationOfEveryImage() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".img")).toList()) {
        byte[] whole = Files.readAllBytes(file);
        ImageParsers.parse(file, whole);
        for (int length = 0; length < whole.length; length++) {
          byte[] part = Arrays.copyOf(whole, length);
          if (!endsAtARecord(whole, length)) {
            assertThatExceptionOfType(ImageFormatException.class)
                .as("%s truncated to %d bytes", file, length)
                .isThrownBy(() -> ImageParsers.parse(file, part));
          }
        }
      }
    }
  }

  private static boolean endsAtARecord(byte[] image, int length) {
    boolean inventory = image[0] == 0x16;
    int end = inventory ? 4 : 8;
    while (end < length) {
      end += 4 + (image[end] & 0xff) + ((image[end + 1] & 0xff) << 8);
    }
    return end == length && !inventory;
  }
}
