package io.criulazy.proto.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.proto.image.files.EventPollTarget;
import io.criulazy.proto.image.files.FdInfo;
import io.criulazy.proto.image.files.FileRecord;
import io.criulazy.proto.image.files.FileType;
import io.criulazy.proto.image.files.PipeBytes;
import io.criulazy.proto.image.files.SocketBytes;
import io.criulazy.proto.image.memory.Mm;
import io.criulazy.proto.image.memory.VmArea;
import io.criulazy.proto.image.task.Core;
import io.criulazy.proto.image.task.ThreadCore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that criu 4.1.1 made of {@code src/test/c/openfiles.c} (built static), read whole. */
class ProcessImagesTest {
  private static final Path IMAGES = Path.of("src/test/resources/images");
  private static final Path FILES = IMAGES.resolve("criu-4.1.1-files");
  private static final int SIGUSR2 = 12;

  private static final Set<String> UNKNOWN = new HashSet<>();

  private static ProcessImages images;
  private static ImageTask task;

  @BeforeAll
  static void open() throws IOException {
    images = new ProcessImages(ImageDirectory.open(FILES), UNKNOWN::add);
    task = images.directory().tasks().get(0);
  }

  @AfterAll
  static void allThatTheyTellHasAPlace() {
    assertThat(UNKNOWN).isEmpty();
  }

  @Test
  void threadsAndTheirSignals() throws IOException {
    Core leader = images.core(task.pid());
    assertThat(leader.machine()).isEqualTo(Core.X86_64);
    assertThat(leader.task().orElseThrow().comm()).isEqualTo("openfiles");
    assertThat(leader.task().orElseThrow().sharedSignals().orElseThrow().signals()).hasSize(3);
    assertThat(leader.task().orElseThrow().signalActions()).hasSize(62);
    assertThat(leader.task().orElseThrow().timers().orElseThrow().posix()).hasSize(1);
    assertThat(leader.task().orElseThrow().resourceLimits().orElseThrow().limits().get(4).maximum())
        .isEqualTo(200);

    Core worker = images.core(task.threads().get(1));
    ThreadCore thread = worker.thread().orElseThrow();
    assertThat(worker.task()).isEmpty();
    assertThat(thread.comm()).contains("worker");
    assertThat(thread.alternateStack().orElseThrow().size()).isEqualTo(65536);
    byte[] siginfo = thread.pendingSignals().orElseThrow().signals().get(0).siginfo();
    assertThat(siginfo).hasSize(128).startsWith(SIGUSR2, 0, 0, 0);
    assertThat(worker.threadInfo().orElseThrow().generalRegisters().cs()).isEqualTo(0x33);
    assertThat(worker.threadInfo().orElseThrow().floatingPoint().stSpace()).hasSize(32);
    assertThat(worker.threadInfo().orElseThrow().floatingPoint().xmmSpace()).hasSize(64);
  }

  @Test
  void openFiles() throws IOException {
    List<FdInfo> descriptors = images.descriptors(images.ids(task.pid()).filesId());
    var byId =
        images.files().stream().collect(Collectors.toMap(FileRecord::id, Function.identity()));
    assertThat(descriptors)
        .allSatisfy(fd -> assertThat(byId.get(fd.id()).type()).isEqualTo(fd.type()));
    assertThat(descriptors)
        .extracting(fd -> FileType.name(fd.type()))
        .contains("reg", "pipe", "fifo", "eventfd", "eventpoll", "signalfd", "timerfd", "inotify")
        .contains("memfd", "unixsk");
    FileRecord epoll =
        byId.values().stream().filter(f -> f.eventPoll().isPresent()).findFirst().orElseThrow();
    assertThat(epoll.eventPoll().orElseThrow().targets())
        .hasSize(2)
        .extracting(EventPollTarget::data)
        .containsOnly(0x1122334455667788L);
    assertThat(
            byId.get(
                    descriptors.stream()
                        .filter(fd -> fd.fd() == 100)
                        .findFirst()
                        .orElseThrow()
                        .id())
                .regular()
                .orElseThrow())
        .satisfies(file -> assertThat(file.name()).endsWith("/file"))
        .satisfies(file -> assertThat(file.position()).isEqualTo(2));
  }

  @Test
  void whatPipesAndSocketsHeld() throws IOException {
    assertThat(images.pipes())
        .extracting(PipeBytes::content)
        .extracting(ProcessImagesTest::text)
        .containsExactly("in the pipe");
    assertThat(images.fifos())
        .extracting(PipeBytes::content)
        .extracting(ProcessImagesTest::text)
        .containsExactly("in the fifo");
    assertThat(images.socketQueues())
        .extracting(SocketBytes::content)
        .extracting(ProcessImagesTest::text)
        .containsExactly("queued");
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void memory() throws IOException {
    Mm mm = images.mm(task.pid());
    assertThat(mm.areas())
        .extracting(VmArea::start)
        .containsExactlyElementsOf(
            MemoryMap.of(images.directory().mm(task.pid())).vmas().stream()
                .map(Vma::start)
                .toList());
    assertThat(images.files())
        .anySatisfy(
            file -> {
              assertThat(file.id()).isEqualTo(mm.exeFileId());
              assertThat(file.regular().orElseThrow().name()).endsWith("/openfiles");
            });
    assertThat(images.memfds()).extracting(memfd -> memfd.name()).contains("named");
    assertThat(images.fs(task.pid()).umask()).hasValue(027);
    assertThat(images.timeOffsets()).isPresent();
    assertThat(images.inventory().fdinfoPerId()).contains(true);
  }

  /** What criu wrote is known to the last byte. */
  @Test
  void copiesAreEqualByteForByte() throws IOException {
    for (String directory : List.of("criu-4.1.1", "criu-4.1.1-files")) {
      try (Stream<Path> files = Files.list(IMAGES.resolve(directory))) {
        for (Path file : files.filter(f -> typeOf(f) != null).toList()) {
          byte[] image = Files.readAllBytes(file);
          assertThat(WholeImages.copy(file, image, typeOf(file))).as("%s", file).isEqualTo(image);
        }
      }
    }
  }

  @Test
  void everyTruncationIsAnErrorWithItsPlaceOrFewerRecords() throws IOException {
    try (Stream<Path> files = Files.list(FILES)) {
      for (Path file : files.filter(f -> typeOf(f) != null).toList()) {
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
          byte[] part = Arrays.copyOf(whole, length);
          Untrusted.read(
              () -> assertThat(WholeImages.copy(file, part, typeOf(file))).isEqualTo(part));
        }
      }
    }
  }

  private static ImageType typeOf(Path file) {
    String name = file.getFileName().toString().replaceAll("(-[0-9]+)?\\.img$", "");
    return switch (name) {
      case "inventory" -> ImageType.INVENTORY;
      case "pstree" -> ImageType.PSTREE;
      case "core" -> ImageType.CORE;
      case "mm" -> ImageType.MM;
      case "files" -> ImageType.FILES;
      case "memfd" -> ImageType.MEMFD;
      case "fdinfo" -> ImageType.FDINFO;
      case "fs" -> ImageType.FS;
      case "ids" -> ImageType.IDS;
      case "pipes-data" -> ImageType.PIPES_DATA;
      case "fifo-data" -> ImageType.FIFO_DATA;
      case "sk-queues" -> ImageType.SK_QUEUES;
      case "timens" -> ImageType.TIMENS;
      default -> null;
    };
  }

  @Test
  void theWriterMakesTheSameDirectory(@TempDir Path directory) throws IOException {
    ProcessImagesWriter writer = new ProcessImagesWriter(directory);
    int pid = task.pid();
    int filesId = images.ids(pid).filesId();
    writer.inventory(images.inventory());
    writer.core(pid, images.core(pid));
    writer.mm(pid, images.mm(pid));
    writer.fs(pid, images.fs(pid));
    writer.ids(pid, images.ids(pid));
    writer.files(images.files());
    writer.descriptors(filesId, images.descriptors(filesId));
    writer.memfds(images.memfds());
    writer.pipes(images.pipes());
    writer.fifos(images.fifos());
    writer.socketQueues(images.socketQueues());
    writer.timeOffsets(images.timeOffsets().orElseThrow());
    try (Stream<Path> written = Files.list(directory)) {
      assertThat(written.toList())
          .hasSize(12)
          .allSatisfy(
              image ->
                  assertThat(image).hasSameBinaryContentAs(FILES.resolve(image.getFileName())));
    }
    assertThatThrownBy(() -> writer.fs(pid, images.fs(pid)))
        .isInstanceOf(java.nio.file.FileAlreadyExistsException.class);
  }
}
