package io.criulazy.daemon.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.daemon.server.CriuClient.Answer;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import io.criulazy.daemon.store.TestImages;
import io.criulazy.proto.pageserver.Command;
import io.criulazy.proto.pageserver.HeaderLayout;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class PageSenderTest {
  private static final int PAGES = 2048;
  private static final long TASK = TestImages.TASK;
  private static final long BASE = TestImages.BASE;
  private static final int PAGE = CriuClient.PAGE;
  private static final Duration STALL_LIMIT = Duration.ofMillis(300);

  @TempDir Path directory;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final BlockingQueue<Boolean> ended = new LinkedBlockingQueue<>();
  private ImageSet images;
  private PageServer server;

  @BeforeEach
  void start() throws IOException {
    images = ImageStore.open(TestImages.write(directory, PAGES));
    CriuProtocol protocol =
        CriuProtocol.serving(ServedImages.of(images), STALL_LIMIT, ended::add, meters);
    InetSocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        PageServer.start(
            PageServerOptions.of(anywhere, List.of(protocol), meters).withLimits(100, STALL_LIMIT));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    images.close();
  }

  @ParameterizedTest
  @EnumSource(HeaderLayout.class)
  void givesEachPageAsOftenAsItIsAskedFor(HeaderLayout layout) throws Exception {
    try (CriuClient client = new CriuClient(server.address(), layout);
        CriuClient other = new CriuClient(server.address(), layout)) {
      for (int round = 0; round < 3; round++) {
        assertPages(client.get(TASK, BASE + 5 * PAGE, 3), 5, 3);
        assertPages(other.get(TASK, BASE, 1), 0, 1);
      }
      assertThat(client.send(Command.CLOSE, 0, 0, 0).readInt()).isZero();
    }
    assertThat(ended.poll(5, TimeUnit.SECONDS)).isNotNull();
    assertThat(meters.get("criu_lazy_pageserver_requests").counter().count()).isEqualTo(7);
    assertThat(meters.get("criu_lazy_pageserver_bytes").tag("direction", "sent").counter().count())
        .isEqualTo(6 * layout.bytes() + 12 * PAGE + 4);
  }

  @Test
  void endsAnAnswerWhereThePagesEnd() throws IOException {
    try (CriuClient client = new CriuClient(server.address(), HeaderLayout.NARROW)) {
      assertPages(client.get(TASK, BASE + (PAGES - 2L) * PAGE, 16), PAGES - 2, 2);
    }
  }

  @Test
  void givesNoMoreThanFourMebibytesAtOnce() throws IOException {
    try (CriuClient client = new CriuClient(server.address(), HeaderLayout.WIDE)) {
      assertPages(client.get(TASK, BASE, 1L << 32), 0, 1024);
    }
  }

  @Test
  void answersRequestsThatCameTogetherInTheirOrder() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < 500; i++) {
      long at = BASE + (i * 37L) % PAGES * PAGE;
      all.write(CriuClient.request(HeaderLayout.NARROW, Command.GET.code(), 1, at, TASK));
    }
    try (CriuClient client = new CriuClient(server.address(), HeaderLayout.NARROW)) {
      client.send(all.toByteArray());
      for (int i = 0; i < 500; i++) {
        assertPages(client.answer(), i * 37 % PAGES, 1);
      }
    }
  }

  @Test
  void refusesWhatIsNotThereByClosing() throws Exception {
    long[][] requests = {
      {TASK + 1000, BASE, 1}, // no such task
      {TestImages.ZOMBIE, BASE, 1}, // no memory
      {TASK, BASE - PAGE, 1}, // no such page, though the next one is there
      {TASK, BASE + (long) PAGES * PAGE, 1},
    };
    for (long[] request : requests) {
      try (CriuClient client = new CriuClient(server.address(), HeaderLayout.NARROW)) {
        client.send(Command.GET, request[2], request[1], request[0]);
        assertThat(client.rest()).as(Arrays.toString(request)).isEmpty();
        assertThat(ended.poll(5, TimeUnit.SECONDS)).isFalse();
      }
    }
    try (CriuClient client = new CriuClient(server.address(), HeaderLayout.NARROW)) {
      assertPages(client.get(TASK, BASE, 1), 0, 1);
      client.send(Command.GET, 0, BASE, TASK);
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void refusesADumpAndOtherProtocols() throws IOException {
    byte[][] firsts = {
      CriuClient.request(HeaderLayout.NARROW, Command.OPEN2.code(), 0, 0, TASK << 8 | 1),
      CriuClient.request(HeaderLayout.NARROW, Command.GET.code(), 1, BASE + 1, TASK),
      "GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
      new byte[64]
    };
    for (byte[] first : firsts) {
      try (CriuClient client = new CriuClient(server.address(), HeaderLayout.NARROW)) {
        assertThat(client.send(first).rest()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(HeaderLayout.class)
  void survivesAConversationCutAnywhere(HeaderLayout layout) throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(CriuClient.request(layout, Command.GET.code(), 2, BASE, TASK));
    all.write(CriuClient.request(layout, Command.GET.code(), 1, BASE + 7 * PAGE, TASK));
    all.write(CriuClient.request(layout, Command.CLOSE.code(), 0, 0, 0));
    byte[] conversation = all.toByteArray();
    for (int cut = 0; cut <= conversation.length; cut++) {
      try (CriuClient client = new CriuClient(server.address(), layout)) {
        client.send(Arrays.copyOf(conversation, cut));
        if (cut >= layout.bytes()) {
          assertPages(client.answer(), 0, 2);
        }
        if (cut == conversation.length) {
          assertPages(client.answer(), 7, 1);
          assertThat(client.readInt()).isZero();
        }
      }
      if (cut >= layout.bytes()) {
        boolean complete = cut == conversation.length;
        assertThat(ended.poll(5, TimeUnit.SECONDS)).as("cut at %d", cut).isEqualTo(complete);
      }
    }
    try (CriuClient client = new CriuClient(server.address(), layout)) {
      assertPages(client.get(TASK, BASE, 1), 0, 1);
    }
    awaitConnections(0);
  }

  @Test
  void takesARequestByteByByteButNotForever() throws Exception {
    byte[] request = CriuClient.request(HeaderLayout.NARROW, Command.GET.code(), 1, BASE, TASK);
    try (CriuClient client = new CriuClient(server.address(), HeaderLayout.NARROW)) {
      for (byte each : request) {
        client.send(each);
      }
      assertPages(client.answer(), 0, 1);
      client.send(Arrays.copyOf(request, 23));
      assertThat(client.rest()).isEmpty();
    }
    try (CriuClient client = new CriuClient(server.address(), HeaderLayout.NARROW)) {
      client.send(request[0]);
      assertThat(client.rest()).isEmpty();
    }
    awaitConnections(0);
  }

  @Test
  void leavesAClientAloneThatHasNothingToAsk() throws Exception {
    try (CriuClient client = new CriuClient(server.address(), HeaderLayout.NARROW)) {
      Thread.sleep(2 * STALL_LIMIT.toMillis());
      assertPages(client.get(TASK, BASE, 1), 0, 1);
      Thread.sleep(2 * STALL_LIMIT.toMillis());
      assertPages(client.get(TASK, BASE, 1), 0, 1);
    }
  }

  @Test
  void takesNoMoreRequestsThanAnswersLeave() throws Exception {
    byte[] request = CriuClient.request(HeaderLayout.NARROW, Command.GET.code(), 1024, BASE, TASK);
    try (SocketChannel greedy = SocketChannel.open(server.address())) {
      greedy.configureBlocking(false);
      long taken = 0;
      long lastNs = System.nanoTime();
      while (System.nanoTime() - lastNs < 500_000_000L) {
        int written = greedy.write(ByteBuffer.wrap(request));
        taken += written;
        if (written > 0) {
          lastNs = System.nanoTime();
        }
        assertThat(taken)
            .as("bytes of requests that nobody reads the answers to")
            .isLessThan(16L << 20);
      }
      double sent =
          meters.get("criu_lazy_pageserver_bytes").tag("direction", "sent").counter().count();
      assertThat(sent).isLessThan(32 << 20);
    }
    awaitConnections(0);
  }

  @Test
  void refusesMoreConnectionsThanAllowed() throws Exception {
    List<CriuClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        clients.add(new CriuClient(server.address(), HeaderLayout.NARROW));
      }
      awaitConnections(100);
      try (CriuClient late = new CriuClient(server.address(), HeaderLayout.NARROW)) {
        assertThat(late.rest()).isEmpty();
      }
      assertPages(clients.get(99).get(TASK, BASE, 1), 0, 1);
    } finally {
      for (CriuClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void servesNothingFromAFileThatChanged() throws Exception {
    try (CriuClient client = new CriuClient(server.address(), HeaderLayout.NARROW)) {
      assertPages(client.get(TASK, BASE, 1), 0, 1);
      byte[] other = new byte[PAGES * PAGE];
      Arrays.fill(other, (byte) 0xee);
      Files.write(directory.resolve("pages-1.img"), other);
      Thread.sleep(150);
      client.send(Command.GET, 1, BASE, TASK);
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void endsAConnectionWhoseFileIsGoneUnderIt() throws Exception {
    try (CriuClient client = new CriuClient(server.address(), HeaderLayout.NARROW)) {
      assertPages(client.get(TASK, BASE, 1), 0, 1);
      try (var file =
          java.nio.channels.FileChannel.open(
              directory.resolve("pages-1.img"), java.nio.file.StandardOpenOption.WRITE)) {
        file.truncate(0);
      }
      // At once, before the file is looked at again: the kernel finds no page behind the mapping.
      client.send(Command.GET, 1, BASE + 9 * PAGE, TASK);
      byte[] got = client.rest();
      assertThat(got.length).as("bytes of an answer that is not complete").isLessThanOrEqualTo(24);
    }
  }

  private void awaitConnections(int expected) throws InterruptedException {
    for (int i = 0; i < 500 && connections() != expected; i++) {
      Thread.sleep(10);
    }
    assertThat(connections()).isEqualTo(expected);
  }

  private double connections() {
    return meters.get("criu_lazy_pageserver_connections").gauge().value();
  }

  private static void assertPages(Answer answer, int first, int count) {
    assertThat(answer.command()).isEqualTo(Command.GET_ANSWER);
    assertThat(answer.pages()).isEqualTo(count);
    assertThat(answer.vaddr()).isEqualTo(BASE + (long) first * PAGE);
    assertThat(answer.destination()).isEqualTo(TASK);
    byte[] expected = new byte[count * PAGE];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (byte) (first + i / PAGE);
    }
    assertThat(answer.bytes()).isEqualTo(expected);
  }
}
