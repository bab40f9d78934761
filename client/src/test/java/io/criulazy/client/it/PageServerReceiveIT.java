package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Certificates;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.PageServerProcess;
import io.criulazy.client.testing.RecordedConversation;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.TemporaryDisk;
import io.criulazy.client.testing.Victim;
import io.criulazy.proto.image.PagemapReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real criu dumps to our server. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class PageServerReceiveIT {
  @TempDir Path scratch;
  private Path meta;
  private Path images;
  private Path log;

  @BeforeEach
  void directories() throws IOException {
    meta = Files.createDirectory(scratch.resolve("meta"));
    images = Files.createDirectory(scratch.resolve("received"));
    log = scratch.resolve("server.out");
  }

  @Test
  void theImagesAreThoseThatCriusOwnServerWrites() throws IOException {
    Path expected = Files.createDirectory(scratch.resolve("expected"));
    try (Victim victim = Victim.start(scratch, "tree", "kib=512");
        PageServerProcess theirs =
            PageServerProcess.startCriu(scratch.resolve("criu.out"), expected);
        RecordedConversation dump = new RecordedConversation(theirs.port());
        PageServerProcess ours = PageServerProcess.start(log, images)) {
      String port = Integer.toString(dump.port());
      CriuRun.dumpLeaveRunning(
          victim, meta, "--page-server", "--address", "127.0.0.1", "--port", port);
      assertThat(theirs.awaitExit(Budget.ofSeconds(10))).isZero();
      dump.repeatTo(ours.port());
      assertThat(ours.awaitExit(Budget.ofSeconds(10))).as(ours.output()).isZero();
    }
    List<Path> pagemaps = named(expected, "pagemap-");
    assertThat(pagemaps).as("tasks of the tree").hasSizeGreaterThan(1);
    assertThat(names(images)).isEqualTo(names(expected));
    for (Path pagemap : pagemaps) {
      assertSameContent(pagemap, images.resolve(pagemap.getFileName()));
    }
  }

  @Test
  void criuRestoresWhatWasReceivedIntoItsOwnDirectory() {
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      try (PageServerProcess server = PageServerProcess.start(log, images)) {
        CriuRun.dump(victim, images, server.clientOptions());
        assertThat(server.awaitExit(Budget.ofSeconds(10))).as(server.output()).isZero();
      }
      victim.go();
      CriuRun.eagerRestore(images).mustSucceed();
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  @Test
  void overTls() throws IOException {
    Path pki = Files.createDirectory(scratch.resolve("pki"));
    Certificates certificates =
        Certificates.in(pki)
            .sign("server", "127.0.0.1")
            .sign("client", "127.0.0.1")
            .sign("thief", "127.0.0.1")
            .sign("other", "10.9.8.7");
    String revoked = certificates.revoke("thief").toString();
    String[] options = certificates.options("server", "--tls-cacrl", revoked, "--keep", "-v3");
    try (Victim victim = Victim.start(scratch, "pages", "mib=16");
        PageServerProcess server = PageServerProcess.start(log, images, options)) {
      for (String refused : List.of("thief", "other")) {
        CriuRun dump =
            CriuRun.tryDump(victim, meta, server.clientOptions(certificates.options(refused)));
        assertThat(dump.exitCode()).as("%s: %s", refused, dump).isNotZero();
      }
      assertThat(CriuRun.tryDump(victim, meta, server.clientOptions()).exitCode())
          .as("a dump without TLS")
          .isNotZero();
      assertThat(names(images)).isEmpty();
      CriuRun.dumpLeaveRunning(victim, meta, server.clientOptions(certificates.options("client")));
      assertThat(names(images)).as(server.output()).hasSize(2);
    }
  }

  @Test
  void aFullDiskLeavesNothing() throws IOException {
    try (Victim victim = Victim.start(scratch, "pages", "mib=16");
        TemporaryDisk disk = TemporaryDisk.mount(images, 8);
        PageServerProcess server = PageServerProcess.start(log, images)) {
      CriuRun dump = CriuRun.tryDump(victim, meta, server.clientOptions("--leave-running"));
      assertThat(dump.exitCode()).as("%s", dump).isNotZero();
      assertThat(server.awaitExit(Budget.ofSeconds(10))).isEqualTo(1);
      assertThat(server.output()).contains("No space left on device");
      assertThat(names(disk.path())).isEmpty();
      victim.go();
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  @Test
  void aKilledServerLeavesNothingThatLooksLikeAnImage() throws IOException {
    try (Victim victim = Victim.start(scratch, "pages", "mib=256")) {
      try (PageServerProcess server = PageServerProcess.start(log, images)) {
        Thread killer = new Thread(() -> killInTheMiddle(server));
        killer.start();
        CriuRun dump = CriuRun.tryDump(victim, meta, server.clientOptions("--leave-running"));
        assertThat(dump.exitCode()).as("%s", dump).isNotZero();
      }
      assertThat(names(images)).hasSize(1).first().asString().startsWith(".criu-lazy-incoming-");
      try (PageServerProcess server = PageServerProcess.start(log, images)) {
        assertThat(names(images)).as(server.output()).isEmpty();
      }
      assertThat(victim.isAlive()).isTrue();
    }
  }

  private void killInTheMiddle(PageServerProcess server) {
    Budget.ofSeconds(30).await("some pages are there", () -> bytesIn(images) > 1 << 20, () -> "");
    server.signal("KILL");
  }

  private static long bytesIn(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException | java.io.UncheckedIOException e) {
      return 0; // something went while we looked
    }
  }

  private static void assertSameContent(Path expected, Path actual) throws IOException {
    try (PagemapReader one = PagemapReader.open(expected);
        PagemapReader other = PagemapReader.open(actual)) {
      assertThat(entries(other)).as("%s", actual).isEqualTo(entries(one));
      Path pages = expected.resolveSibling("pages-" + one.pagesId() + ".img");
      Path otherPages = actual.resolveSibling("pages-" + other.pagesId() + ".img");
      assertThat(Files.mismatch(pages, otherPages)).as("%s", otherPages).isEqualTo(-1);
    }
  }

  private static List<String> entries(PagemapReader reader) throws IOException {
    List<String> entries = new ArrayList<>();
    reader.forEach(
        (vaddr, pages, flags) -> entries.add(Long.toHexString(vaddr) + " " + pages + " " + flags));
    return entries;
  }

  private static List<Path> named(Path directory, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
    }
  }

  private static List<String> names(Path directory) throws IOException {
    return named(directory, "").stream()
        .map(file -> file.getFileName().toString())
        .sorted()
        .toList();
  }
}
