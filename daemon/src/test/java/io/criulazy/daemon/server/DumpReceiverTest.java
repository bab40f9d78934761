package io.criulazy.daemon.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.daemon.receive.DumpDirectory;
import io.criulazy.proto.image.PagemapReader;
import io.criulazy.proto.index.PagemapKind;
import io.criulazy.proto.pageserver.Command;
import io.criulazy.proto.pageserver.HeaderLayout;
import io.criulazy.proto.pageserver.PagemapId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class DumpReceiverTest {
  private static final int PAGE = CriuClient.PAGE;
  private static final long BASE = 0x7f00_0000_0000L;
  private static final long TASK = new PagemapId(PagemapKind.TASK, 42).destination();
  private static final long SHARED = new PagemapId(PagemapKind.SHARED_MEMORY, 7).destination();
  private static final int PRESENT_LAZY = PagemapReader.PRESENT | PagemapReader.LAZY;
  private static final Duration STALL_LIMIT = Duration.ofMillis(300);

  @TempDir Path scratch;
  private final BlockingQueue<Boolean> ended = new LinkedBlockingQueue<>();
  private Path images;
  private PageServer server;

  @BeforeEach
  void prepare() throws IOException {
    images = Files.createDirectory(scratch.resolve("images"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void start(Optional<Path> previous) throws IOException {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    CriuProtocol protocol =
        CriuProtocol.receiving(
            DumpDirectory.open(images, previous), STALL_LIMIT, ended::add, meters);
    InetSocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        PageServer.start(
            PageServerOptions.of(anywhere, List.of(protocol), meters).withLimits(100, STALL_LIMIT));
  }

  @ParameterizedTest
  @EnumSource(HeaderLayout.class)
  void keepsADump(HeaderLayout layout) throws Exception {
    start(Optional.empty());
    try (CriuClient client = new CriuClient(server.address(), layout)) {
      client.send(Command.PARENT, 0, 0, TASK);
      assertThat(client.readInt()).isZero();
      open(client, TASK, false);
      add(client, layout, TASK, BASE, 3, PRESENT_LAZY, 1);
      add(client, layout, TASK, BASE + 3 * PAGE, 5, PagemapReader.LAZY, 0);
      add(client, layout, TASK, BASE + 9 * PAGE, 100, PagemapReader.PRESENT, 2);
      open(client, SHARED, false);
      add(client, layout, SHARED, 0, 2, PagemapReader.PRESENT, 3);
      assertThat(names()).as("nothing before the end").isEmpty();
      assertThat(client.send(Command.CLOSE, 0, 0, 0).readInt()).isZero();
      assertThat(names())
          .containsExactly(
              "pagemap-42.img", "pagemap-shmem-7.img", "pages-65537.img", "pages-65538.img");
    }
    assertThat(ended.poll(5, TimeUnit.SECONDS)).isTrue();
    assertThat(entries("pagemap-42.img"))
        .containsExactly(
            "65537",
            Long.toHexString(BASE) + " 3 6",
            Long.toHexString(BASE + 3 * PAGE) + " 5 2",
            Long.toHexString(BASE + 9 * PAGE) + " 100 4");
    byte[] pages = Files.readAllBytes(images.resolve("pages-65537.img"));
    assertThat(pages).hasSize(103 * PAGE);
    assertThat(Arrays.copyOf(pages, 3 * PAGE)).isEqualTo(content(1, 3));
    assertThat(Arrays.copyOfRange(pages, 3 * PAGE, 103 * PAGE)).isEqualTo(content(2, 100));
    assertThat(entries("pagemap-shmem-7.img")).containsExactly("65538", "0 2 4");
    assertThat(Files.readAllBytes(images.resolve("pages-65538.img"))).isEqualTo(content(3, 2));
    assertThat(hidden()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(HeaderLayout.class)
  void keepsNothingOfADumpThatIsCut(HeaderLayout layout) throws Exception {
    start(Optional.empty());
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(CriuClient.request(layout, Command.OPEN2.code(), 0, 0, TASK));
    all.write(CriuClient.request(layout, Command.ADD_F.with(PRESENT_LAZY), 1, BASE, TASK));
    int payload = all.size();
    all.write(content(1, 1));
    int afterPayload = all.size();
    all.write(
        CriuClient.request(
            layout, Command.ADD_F.with(PagemapReader.LAZY), 1, BASE + 2 * PAGE, TASK));
    all.write(CriuClient.request(layout, Command.CLOSE.code(), 0, 0, 0));
    byte[] conversation = all.toByteArray();
    for (int cut = 0; cut < conversation.length; cut++) {
      if (cut > payload + 40 && cut < afterPayload - 40 && cut % 256 != 0) {
        continue; // the middle of a page is like the middle of a page
      }
      try (CriuClient client = new CriuClient(server.address(), layout)) {
        client.send(Arrays.copyOf(conversation, cut));
        if (cut >= layout.bytes()) {
          assertThat(client.readByte()).isZero();
        }
      }
      if (cut >= layout.bytes()) {
        assertThat(ended.poll(5, TimeUnit.SECONDS)).as("cut at %d", cut).isFalse();
      }
      assertThat(names()).as("cut at %d", cut).isEmpty();
    }
    try (CriuClient client = new CriuClient(server.address(), layout)) {
      client.send(conversation);
      assertThat(client.readByte()).isZero();
      assertThat(client.readInt()).isZero();
    }
    assertThat(ended.poll(5, TimeUnit.SECONDS)).isTrue();
    assertThat(names()).hasSize(2).contains("pagemap-42.img");
    assertThat(hidden()).isEmpty();
  }

  @Test
  void refusesWhatMakesNoImage() throws Exception {
    start(Optional.empty());
    HeaderLayout layout = HeaderLayout.WIDE;
    int present = Command.ADD_F.with(PagemapReader.PRESENT);
    byte[][] requests = {
      CriuClient.request(layout, present, 1L << 60, BASE, TASK),
      CriuClient.request(layout, present, -1, BASE, TASK),
      CriuClient.request(layout, present, 0, BASE, TASK),
      CriuClient.request(layout, present, 1, BASE + 1, TASK),
      CriuClient.request(layout, present, 1, -PAGE, TASK),
      CriuClient.request(layout, Command.ADD_F.with(0), 1, BASE, TASK),
      CriuClient.request(layout, Command.ADD_F.with(5), 1, BASE, TASK),
      CriuClient.request(layout, Command.ADD_F.with(8), 1, BASE, TASK),
      CriuClient.request(layout, Command.ADD_F.with(PagemapReader.PARENT), 1, BASE, TASK),
      CriuClient.request(layout, Command.OPEN2.code(), 0, 0, 42 << 8 | 5),
      CriuClient.request(layout, Command.GET.code(), 1, BASE, 42),
      CriuClient.request(layout, 99, 0, 0, 0)
    };
    for (byte[] request : requests) {
      try (CriuClient client = new CriuClient(server.address(), layout)) {
        open(client, TASK, false);
        assertThat(client.send(request).rest()).isEmpty();
        assertThat(ended.poll(5, TimeUnit.SECONDS)).isFalse();
        assertThat(names()).isEmpty();
      }
    }
  }

  @Test
  void refusesPagesThatDoNotAscend() throws Exception {
    start(Optional.empty());
    try (CriuClient client = new CriuClient(server.address(), HeaderLayout.NARROW)) {
      open(client, TASK, false);
      add(client, HeaderLayout.NARROW, TASK, BASE + PAGE, 1, PagemapReader.PRESENT, 1);
      add(client, HeaderLayout.NARROW, TASK, BASE, 1, PagemapReader.LAZY, 1);
      assertThat(client.rest()).isEmpty();
    }
    assertThat(ended.poll(5, TimeUnit.SECONDS)).isFalse();
    assertThat(names()).isEmpty();
  }

  @Test
  void takesHolesThatTheParentHas() throws Exception {
    start(Optional.empty());
    HeaderLayout layout = HeaderLayout.NARROW;
    try (CriuClient client = new CriuClient(server.address(), layout)) {
      open(client, TASK, false);
      add(client, layout, TASK, BASE, 4, PRESENT_LAZY, 1);
      add(client, layout, TASK, BASE + 4 * PAGE, 4, PagemapReader.PRESENT, 2);
      assertThat(client.send(Command.CLOSE, 0, 0, 0).readInt()).isZero();
    }
    server.close();
    images = Files.createDirectory(scratch.resolve("younger"));
    start(Optional.of(Path.of("../images")));
    ended.clear();
    try (CriuClient client = new CriuClient(server.address(), layout)) {
      client.send(Command.PARENT, 0, 0, TASK);
      assertThat(client.readInt()).isEqualTo(1);
      client.send(Command.PARENT, 0, 0, SHARED);
      assertThat(client.readInt()).isZero();
      open(client, TASK, true);
      add(client, layout, TASK, BASE + PAGE, 6, PagemapReader.PARENT, 0);
      add(client, layout, TASK, BASE + 7 * PAGE, 1, PagemapReader.PRESENT, 3);
      assertThat(client.send(Command.CLOSE, 0, 0, 0).readInt()).isZero();
    }
    assertThat(ended.poll(5, TimeUnit.SECONDS)).isTrue();
    assertThat(entries("pagemap-42.img"))
        .containsExactly(
            "65537",
            Long.toHexString(BASE + PAGE) + " 6 1",
            Long.toHexString(BASE + 7 * PAGE) + " 1 4");
    assertThat(Files.readSymbolicLink(images.resolve("parent"))).hasToString("../images");
    try (CriuClient client = new CriuClient(server.address(), layout)) {
      open(client, TASK, true);
      add(client, layout, TASK, BASE + 6 * PAGE, 3, PagemapReader.PARENT, 0);
      assertThat(client.rest()).as("the parent ends before the hole does").isEmpty();
    }
  }

  @Test
  void replacesAPagemapAndNeverAPagesFile() throws Exception {
    start(Optional.empty());
    HeaderLayout layout = HeaderLayout.NARROW;
    for (int round = 1; round <= 2; round++) {
      try (CriuClient client = new CriuClient(server.address(), layout)) {
        open(client, TASK, false);
        add(client, layout, TASK, BASE, round, PagemapReader.PRESENT, round);
        assertThat(client.send(Command.FORCE_CLOSE, 0, 0, 0).readInt()).isZero();
      }
    }
    assertThat(entries("pagemap-42.img")).containsExactly("65538", Long.toHexString(BASE) + " 2 4");
    assertThat(Files.size(images.resolve("pages-65537.img"))).isEqualTo(PAGE);
    assertThat(Files.size(images.resolve("pages-65538.img"))).isEqualTo(2 * PAGE);
  }

  @Test
  void closesWhatStalls() throws Exception {
    start(Optional.empty());
    try (CriuClient client = new CriuClient(server.address(), HeaderLayout.NARROW)) {
      open(client, TASK, false);
      client.send(CriuClient.request(HeaderLayout.NARROW, Command.ADD_F.with(4), 2, BASE, TASK));
      client.send(content(1, 1));
      assertThat(client.rest()).isEmpty();
    }
    assertThat(ended.poll(5, TimeUnit.SECONDS)).isFalse();
    assertThat(names()).isEmpty();
  }

  @Test
  void leavesNothingWhenTheServerIsClosed() throws Exception {
    start(Optional.empty());
    try (CriuClient client = new CriuClient(server.address(), HeaderLayout.NARROW)) {
      open(client, TASK, false);
      add(client, HeaderLayout.NARROW, TASK, BASE, 1000, PagemapReader.PRESENT, 1);
      server.close();
    }
    assertThat(names()).isEmpty();
    assertThat(hidden()).isEmpty();
  }

  @Test
  void clearsUpAfterAReceiverThatWasKilled() throws Exception {
    Path left = Files.createDirectory(images.resolve(".criu-lazy-incoming-1"));
    Files.createFile(left.resolve("lock"));
    Files.write(left.resolve("pages-65537.img"), new byte[PAGE]);
    start(Optional.empty());
    assertThat(hidden()).isEmpty();
  }

  private static void open(CriuClient client, long destination, boolean parent) throws IOException {
    client.send(Command.OPEN2, 0, 0, destination);
    assertThat(client.readByte()).isEqualTo(parent ? 1 : 0);
  }

  private static void add(
      CriuClient client,
      HeaderLayout layout,
      long destination,
      long vaddr,
      int pages,
      int flags,
      int seed)
      throws IOException {
    client.send(CriuClient.request(layout, Command.ADD_F.with(flags), pages, vaddr, destination));
    if ((flags & PagemapReader.PRESENT) != 0) {
      client.send(content(seed, pages));
    }
  }

  private static byte[] content(int seed, int pages) {
    byte[] bytes = new byte[pages * PAGE];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (seed * 31 + i * 7 + i / PAGE);
    }
    return bytes;
  }

  /** The pages id, then an entry a line. */
  private List<String> entries(String pagemap) throws IOException {
    List<String> lines = new ArrayList<>();
    try (PagemapReader reader = PagemapReader.open(images.resolve(pagemap))) {
      lines.add(Long.toString(reader.pagesId()));
      reader.forEach(
          (vaddr, pages, flags) -> lines.add(Long.toHexString(vaddr) + " " + pages + " " + flags));
    }
    return lines;
  }

  private List<String> names() throws IOException {
    return list(false);
  }

  private List<String> hidden() throws IOException {
    for (int i = 0; i < 200 && !list(true).isEmpty(); i++) {
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return list(true);
  }

  private List<String> list(boolean hidden) throws IOException {
    try (Stream<Path> files = Files.list(images)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(".") == hidden)
          .sorted()
          .toList();
    }
  }
}
