package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Certificates;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.IncrementalImages;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.PageServerProcess;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real criu restores lazily, its own lazy-pages daemon fetching the pages from our server. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class PageServerRestoreIT {
  @TempDir Path scratch;
  private Path images;
  private Path log;

  @BeforeEach
  void directories() {
    images = RoundTrip.images(scratch);
    log = scratch.resolve("server.out");
  }

  @Test
  void theSameImageTwiceFromOneServer() {
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=2000")) {
      CriuRun.dump(victim, images);
      victim.go();
      byte[] verdict = victim.verdict().bytes();
      try (PageServerProcess server = PageServerProcess.start(log, images, "--lazy-pages")) {
        restore(victim, server);
        victim.killAll();
        victim.verdict().reset(verdict);
        restore(victim, server);
        assertThat(server.isAlive()).as("serves until it is told to end").isTrue();
        server.signal("TERM");
        server.awaitExit(Budget.ofSeconds(10));
      }
    }
  }

  @Test
  void aProcessWhosePagesAreInTwoImages() throws IOException {
    Path older = Files.createDirectory(scratch.resolve("older"));
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=2000")) {
      CriuRun.dumpLeaveRunning(victim, older);
      victim.rewrite(2);
      CriuRun.dump(victim, images);
      assertThat(IncrementalImages.dependOn(images, older, victim.pid())).isPositive();
      victim.go();
      try (PageServerProcess server =
          PageServerProcess.start(log, images, "--lazy-pages", "--once")) {
        restore(victim, server);
        assertThat(server.awaitExit(Budget.ofSeconds(10))).as(server.output()).isZero();
      }
    }
  }

  @Test
  void overTls() throws IOException {
    Path pki = Files.createDirectory(scratch.resolve("pki"));
    Certificates certificates =
        Certificates.in(pki).sign("server", "127.0.0.1").sign("client", "127.0.0.1");
    String[] ours = certificates.options("server", "--lazy-pages");
    try (Victim victim = Victim.start(scratch, "pages", "mib=4", "touches=500")) {
      CriuRun.dump(victim, images);
      victim.go();
      try (PageServerProcess server = PageServerProcess.start(log, images, ours)) {
        restore(victim, server, certificates.options("client"));
      }
    }
  }

  @Test
  void criuIsToldThatThereIsNoSuchTask() throws IOException {
    Path other = Files.createDirectory(scratch.resolve("other"));
    Path elsewhere = Files.createDirectory(scratch.resolve("elsewhere"));
    try (Victim stranger = Victim.start(elsewhere, "pages", "mib=1")) {
      CriuRun.dump(stranger, other);
    }
    try (Victim victim = Victim.start(scratch, "pages", "mib=4")) {
      CriuRun.dump(victim, images);
      try (PageServerProcess server = PageServerProcess.start(log, other, "--lazy-pages");
          LazyDaemon criu =
              LazyDaemon.startCriu(images, server.clientOptions("-v4", "-o", "lazy-pages.log"))) {
        CriuRun.lazyRestore(images);
        assertThat(criu.awaitExit(Budget.ofSeconds(20))).isNotZero();
        assertThat(criu.output()).contains("Remote side closed connection");
        assertThat(server.output()).contains("there is no such task with memory");
        assertThat(server.isAlive()).isTrue();
      }
    }
  }

  private void restore(Victim victim, PageServerProcess server, String... more) {
    try (LazyDaemon criu = LazyDaemon.startCriu(images, server.clientOptions(more))) {
      CriuRun.lazyRestore(images).mustSucceed();
      RoundTrip.verify(victim, criu, 60);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\n--- server:\n" + server.output(), e);
    }
  }
}
