package io.criulazy.daemon.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import io.criulazy.daemon.store.TestImages;
import io.criulazy.proto.wire.Cancel;
import io.criulazy.proto.wire.Capability;
import io.criulazy.proto.wire.Extents;
import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.FramePrefix;
import io.criulazy.proto.wire.FrameType;
import io.criulazy.proto.wire.Grant;
import io.criulazy.proto.wire.Hello;
import io.criulazy.proto.wire.ListExtents;
import io.criulazy.proto.wire.Opened;
import io.criulazy.proto.wire.Pages;
import io.criulazy.proto.wire.Ping;
import io.criulazy.proto.wire.Pong;
import io.criulazy.proto.wire.Preamble;
import io.criulazy.proto.wire.Welcome;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Our own protocol, as a client that keeps to it meets it, and as one that does not. */
@Timeout(60)
class WireConnectionTest {
  private static final int PAGES = 2048;
  private static final long TASK = TestImages.TASK;
  private static final long BASE = TestImages.BASE;
  private static final int PAGE = WireClient.PAGE;
  private static final Duration STALL_LIMIT = Duration.ofMillis(300);

  @TempDir Path directory;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private ImageSet images;
  private PageServer server;

  @BeforeEach
  void start() throws IOException {
    images = ImageStore.open(TestImages.write(directory, PAGES));
    OneImageSet catalog = new OneImageSet(ServedImages.of(images));
    WireProtocol protocol = new WireProtocol(catalog, false, STALL_LIMIT, meters);
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

  @Test
  void tellsWhatThereIsAndGivesIt() throws IOException {
    try (WireClient client = WireClient.connect(server.address())) {
      Opened opened = client.greet("");
      assertThat(opened.getTasksList()).hasSize(1);
      assertThat(opened.getTasks(0).getPid()).isEqualTo(TASK);
      assertThat(opened.getTasks(0).getLazyPages()).isEqualTo(PAGES);
      client.send(
          WireClient.frame(FrameType.LIST_EXTENTS, ListExtents.newBuilder().setTask(TASK).build()));
      Extents extents = client.expect(FrameType.EXTENTS, Extents.parser());
      assertThat(extents.getAddressList()).containsExactly(BASE);
      assertThat(extents.getComplete()).isTrue();
      client.send(WireClient.read(7, TASK, BASE + 250 * PAGE, 100, true));
      assertPages(client.pages(BASE + 250 * PAGE, 100), 250);
      client.send(WireClient.frame(FrameType.PING, Ping.newBuilder().setToken(-5).build()));
      assertThat(client.expect(FrameType.PONG, Pong.parser()).getToken()).isEqualTo(-5);
    }
  }

  @Test
  void compressesForThoseWhoCanTakeIt() throws IOException {
    long before;
    try (WireClient plain = WireClient.connect(server.address())) {
      plain.greet("");
      plain.send(WireClient.read(1, TASK, BASE, PAGES, false));
      assertPages(plain.pages(BASE, PAGES), 0);
      before = sentBytes();
    }
    try (WireClient client = WireClient.connect(server.address())) {
      client.send(Preamble.client()).send(WireClient.hello(Capability.ZSTD, "telepathy"));
      client.expectPreamble();
      Welcome welcome = client.expect(FrameType.WELCOME, Welcome.parser());
      assertThat(welcome.getCapabilitiesList()).containsExactly(Capability.ZSTD);
      client.send(WireClient.openSet(""));
      client.expect(FrameType.OPENED, Opened.parser());
      client.send(WireClient.read(1, TASK, BASE, PAGES, false));
      assertPages(client.pages(BASE, PAGES), 0);
    }
    assertThat(sentBytes() - before).isLessThan(before / 20);
  }

  @Test
  void urgentReadsOvertakeAndCancelledOnesAreAnsweredAsSuch() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < 4; i++) {
      all.write(WireClient.read(i, TASK, BASE, PAGES, false));
    }
    all.write(WireClient.read(100, TASK, BASE + PAGE, 1, true));
    all.write(WireClient.frame(FrameType.CANCEL, Cancel.newBuilder().addRequests(3).build()));
    List<Long> answered = new ArrayList<>();
    try (WireClient client = WireClient.connect(server.address())) {
      client.greet("");
      client.send(all.toByteArray());
      while (answered.size() < 5) {
        if (client.next() == FrameType.FAILURE) {
          answered.add(-client.header(io.criulazy.proto.wire.Failure.parser()).getRequest());
        } else if (client.header(Pages.parser()).getLast()) {
          answered.add(client.header(Pages.parser()).getRequest());
        }
      }
    }
    assertThat(answered).contains(0L, 1L, 2L, 100L, -3L);
    assertThat(answered.indexOf(100L)).isLessThan(answered.indexOf(2L));
  }

  @Test
  void saysWhatIsWrongAndCloses() throws IOException {
    Hello future = Hello.newBuilder().setMinVersion(2).setMaxVersion(9).build();
    assertFailure(FailureCode.VERSION, false, WireClient.frame(FrameType.HELLO, future));
    assertFailure(FailureCode.OUT_OF_ORDER, false, WireClient.openSet(""));
    assertFailure(FailureCode.OUT_OF_ORDER, true, WireClient.hello());
    assertFailure(FailureCode.NO_SUCH_TASK, true, WireClient.read(1, 99, BASE, 1, true));
    assertFailure(FailureCode.OUT_OF_RANGE, true, WireClient.read(1, TASK, BASE + 1, 1, true));
    assertFailure(FailureCode.OUT_OF_RANGE, true, WireClient.read(1, TASK, BASE, 4097, true));
    assertFailure(FailureCode.OUT_OF_RANGE, true, WireClient.read(1, TASK, BASE, -1, true));
    assertFailure(FailureCode.OUT_OF_RANGE, true, WireClient.read(1, TASK, -PAGE, 4, true));
    assertFailure(
        FailureCode.NOT_GRANTED,
        true,
        WireClient.frame(FrameType.GRANT, Grant.getDefaultInstance()));
    assertFailure(
        FailureCode.OUT_OF_ORDER,
        true,
        WireClient.frame(FrameType.PAGES, Pages.getDefaultInstance()));
    byte[] nonsense = WireClient.hello();
    nonsense[FramePrefix.BYTES] = (byte) 0xff;
    FramePrefix.seal(ByteBuffer.wrap(nonsense).order(ByteOrder.LITTLE_ENDIAN), 0);
    assertFailure(FailureCode.MALFORMED, false, nonsense);
    for (int at = 0; at < nonsense.length; at++) {
      byte[] damaged = WireClient.hello();
      damaged[at] ^= 0x40;
      if (at != 4 && at != 5) { // there it becomes a longer frame, which is waited for
        assertFailure(FailureCode.MALFORMED, false, damaged);
      }
    }
  }

  @Test
  void namesNoOtherImages() throws IOException {
    for (String name : List.of("other", "..", "/", "../" + directory.getFileName(), "\0", ".")) {
      try (WireClient client = WireClient.connect(server.address())) {
        client.send(Preamble.client()).send(WireClient.hello()).send(WireClient.openSet(name));
        client.expectPreamble();
        client.expect(FrameType.WELCOME, Welcome.parser());
        assertThat(client.expectFailure()).as(name).isEqualTo(FailureCode.NO_SUCH_IMAGES);
        assertThat(client.isClosed()).isTrue();
      }
    }
  }

  @Test
  void takesNoMoreThanItsCredit() throws IOException {
    try (WireClient client = WireClient.connect(server.address())) {
      client.greet("");
      for (int i = 0; i < 20; i++) {
        client.send(WireClient.read(i, TASK, BASE, 4096, false));
      }
      FrameType type;
      do {
        type = client.next();
      } while (type == FrameType.PAGES);
      assertThat(type).isEqualTo(FrameType.FAILURE);
      assertThat(client.header(io.criulazy.proto.wire.Failure.parser()).getCode())
          .isEqualTo(FailureCode.OUT_OF_CREDIT);
    }
  }

  @Test
  void survivesAConversationCutAnywhere() throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(Preamble.client());
    all.write(WireClient.hello(Capability.ZSTD));
    all.write(WireClient.openSet(""));
    int opened = all.size();
    all.write(WireClient.read(1, TASK, BASE, 2, true));
    all.write(WireClient.read(2, TASK, BASE + 7 * PAGE, 1, false));
    byte[] conversation = all.toByteArray();
    for (int cut = 0; cut <= conversation.length; cut++) {
      try (WireClient client = WireClient.connect(server.address())) {
        if (cut >= opened) { // requests before the images are open make no sense
          client.send(Arrays.copyOf(conversation, opened));
          client.expectPreamble();
          client.expect(FrameType.WELCOME, Welcome.parser());
          client.expect(FrameType.OPENED, Opened.parser());
          client.send(Arrays.copyOfRange(conversation, opened, cut));
        } else {
          client.send(Arrays.copyOf(conversation, cut));
        }
        if (cut == conversation.length) {
          assertPages(client.pages(BASE, 2), 0);
          assertPages(client.pages(BASE + 7 * PAGE, 1), 7);
        }
      }
    }
    awaitConnections(0);
    try (WireClient client = WireClient.connect(server.address())) {
      client.greet("");
    }
  }

  @Test
  void takesFramesByteByByteButNotForever() throws Exception {
    byte[] read = WireClient.read(1, TASK, BASE, 1, true);
    try (WireClient client = WireClient.connect(server.address())) {
      client.greet("");
      for (byte each : read) {
        client.send(each);
      }
      assertPages(client.pages(BASE, 1), 0);
      Thread.sleep(2 * STALL_LIMIT.toMillis()); // with nothing begun there is no hurry
      client.send(Arrays.copyOf(read, read.length - 1));
      assertThat(client.isClosed()).isTrue();
    }
    awaitConnections(0);
  }

  /** A trickle of bytes that never makes a frame ends as well: the time is the whole frame's. */
  @Test
  void aSlowLorisIsCutOff() throws Exception {
    byte[] preamble = Preamble.client();
    try (WireClient client = WireClient.connect(server.address())) {
      client.send(preamble);
      client.expectPreamble();
      byte[] prefix = new byte[FramePrefix.BYTES];
      ByteBuffer view = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN);
      FramePrefix.write(view, 0, FrameType.HELLO, FramePrefix.MAX_REQUEST_BYTES, 0);
      long start = System.nanoTime();
      try {
        client.send(prefix);
        while (true) {
          client.send((byte) 0);
          Thread.sleep(20);
          assertThat(System.nanoTime() - start).isLessThan(10 * STALL_LIMIT.toNanos());
        }
      } catch (IOException cutOff) {
        assertThat(System.nanoTime() - start).isGreaterThan(STALL_LIMIT.toNanos() / 2);
      }
    }
    awaitConnections(0);
  }

  @Test
  void refusesHostileLengthsBeforeTheirBytesCome() throws IOException {
    long[][] lengths = {
      {8193, 0}, {65_537, 0}, {0xffff_ffffL, 0}, {0x8000_0000L, 0}, {0, 1}, {0, 0xffff_ffffL}
    };
    for (long[] length : lengths) {
      byte[] prefix = new byte[FramePrefix.BYTES];
      ByteBuffer view = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN);
      FramePrefix.write(view, 0, FrameType.HELLO, (int) length[0], (int) length[1]);
      assertFailure(FailureCode.MALFORMED, false, prefix);
    }
  }

  /** Requests whose answers nobody reads: the server stops to make them. */
  @Test
  void makesNoMoreAnswersThanAreTaken() throws Exception {
    try (WireClient client = WireClient.connect(server.address())) {
      client.greet("");
      for (int i = 0; i < 8; i++) {
        client.send(WireClient.read(i, TASK, BASE, PAGES, false));
      }
      Thread.sleep(300);
      assertThat(sentBytes()).isLessThan(32 << 20);
    }
    awaitConnections(0);
  }

  /** More Reads than are kept, and questions with long answers: all of them are answered. */
  @Test
  void manyRequestsWaitOnTheNetworkAndAreAllAnswered() throws Exception {
    int reads = 5000;
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < reads; i++) {
      all.write(WireClient.read(i, TASK, BASE + (long) i % PAGES * PAGE, 1, i % 10 == 0));
      all.write(WireClient.frame(FrameType.PING, Ping.newBuilder().setToken(i).build()));
    }
    try (WireClient client = WireClient.connect(server.address())) {
      client.greet("");
      Thread writer = new Thread(() -> sendAll(client, all.toByteArray()));
      writer.start();
      boolean[] answered = new boolean[reads];
      int pongs = 0;
      for (int i = 0; i < 2 * reads; i++) {
        if (client.next() == FrameType.PONG) {
          assertThat(client.header(Pong.parser()).getToken()).isEqualTo(pongs++);
        } else {
          Pages part = client.header(Pages.parser());
          int request = (int) part.getRequest();
          assertThat(part.getLast()).isTrue();
          assertThat(answered[request]).isFalse();
          answered[request] = true;
          byte[] page = client.payload(part);
          assertThat(page.length == 0 ? 0 : page[0]).isEqualTo((byte) (request % PAGES));
        }
      }
      writer.join();
      assertThat(answered).doesNotContain(false);
    }
    awaitConnections(0);
  }

  /** Questions whose answers nobody reads: the server does not heap them up. */
  @Test
  void keepsNoAnswersThatNobodyTakes() throws Exception {
    byte[] question =
        WireClient.frame(FrameType.LIST_EXTENTS, ListExtents.newBuilder().setTask(TASK).build());
    try (SocketChannel greedy = SocketChannel.open(server.address())) {
      WireClient client = new WireClient(greedy.socket());
      client.greet("");
      greedy.configureBlocking(false);
      ByteBuffer questions = ByteBuffer.wrap(question);
      long taken = 0;
      long lastNs = System.nanoTime();
      while (taken < 16 << 20 && System.nanoTime() - lastNs < 300_000_000L) {
        int written = greedy.write(questions.hasRemaining() ? questions : questions.clear());
        taken += written;
        lastNs = written > 0 ? System.nanoTime() : lastNs;
      }
      // The kernel's buffers take the rest.
      assertThat(meters.get("criu_lazy_pageserver_requests").counter().count())
          .as("questions that the server has read")
          .isLessThan(400_000);
      assertThat(sentBytes()).isLessThan(32 << 20);
    }
    awaitConnections(0);
  }

  private static void sendAll(WireClient client, byte[] bytes) {
    try {
      client.send(bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void assertFailure(FailureCode code, boolean greeted, byte[] then) throws IOException {
    try (WireClient client = WireClient.connect(server.address())) {
      if (greeted) {
        client.greet("");
      } else {
        client.send(Preamble.client());
        client.expectPreamble();
      }
      client.send(then);
      assertThat(client.expectFailure()).as(Arrays.toString(then)).isEqualTo(code);
      assertThat(client.isClosed()).isTrue();
    }
  }

  private long sentBytes() {
    return (long)
        meters.get("criu_lazy_pageserver_bytes").tag("direction", "sent").counter().count();
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

  private static void assertPages(byte[] bytes, int first) {
    byte[] expected = new byte[bytes.length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (byte) (first + i / PAGE);
    }
    assertThat(Arrays.mismatch(bytes, expected)).as("first wrong byte").isEqualTo(-1);
  }
}
