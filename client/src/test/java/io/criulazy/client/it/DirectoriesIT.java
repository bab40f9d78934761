package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the images are and where the socket is. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class DirectoriesIT {
  @TempDir Path scratch;

  @Test
  void aWorkDirectoryOfItsOwn() throws IOException {
    Path images = RoundTrip.images(scratch);
    Path work = Files.createDirectory(scratch.resolve("work"));
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      CriuRun.dump(victim, images);
      try (LazyDaemon daemon = LazyDaemon.launch(scratch, images, "-W", work.toString())) {
        daemon.awaitListening(work);
        victim.go();
        CriuRun.lazyRestore(images, "-W", work.toString()).mustSucceed();
        RoundTrip.verify(victim, daemon, 30);
      }
      assertThat(images.resolve("lazy-pages.socket")).doesNotExist();
    }
  }

  @Test
  void aPathThatIsTooLongForASocketAddress() throws IOException {
    Path deep = scratch;
    while (deep.toString().length() < 150) {
      deep = Files.createDirectory(deep.resolve("a-directory-with-a-long-name"));
    }
    RoundTrip.lazily(deep, 30, "pages", "mib=16");
  }

  @Test
  void aSocketThatADeadDaemonLeft() throws IOException {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      CriuRun.dump(victim, images);
      try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        dead.bind(UnixDomainSocketAddress.of(images.resolve("lazy-pages.socket")));
      }
      assertThat(images.resolve("lazy-pages.socket")).exists();
      RoundTrip.restoreAndVerify(victim, images, 30);
    }
  }

  @Test
  void aDirectoryThatDoesNotExist() {
    assertRefuses(scratch.resolve("nowhere"), "nowhere");
  }

  @Test
  void aDirectoryWithoutImages() {
    assertRefuses(RoundTrip.images(scratch), "images");
  }

  private void assertRefuses(Path images, String word) {
    try (LazyDaemon daemon = LazyDaemon.launch(scratch, images)) {
      assertThat(daemon.awaitExit(Budget.ofSeconds(10))).as("exit code").isNotZero();
      assertThat(daemon.output()).contains(word);
    }
  }
}
