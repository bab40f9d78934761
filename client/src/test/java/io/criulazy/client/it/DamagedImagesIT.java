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
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images that are not what criu wrote: refused before a restore, and a loud stop in the middle of
 * one.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class DamagedImagesIT {
  @TempDir Path scratch;

  @FunctionalInterface
  private interface Damage {
    void doTo(FileChannel file) throws IOException;
  }

  @Test
  void aPagemapThatIsCutIsRefused() throws IOException {
    assertRefused("pagemap-%d.img", file -> file.truncate(file.size() - 3));
  }

  @Test
  void aPagemapWithAnotherMagicIsRefused() throws IOException {
    assertRefused("pagemap-%d.img", file -> file.write(ByteBuffer.allocate(4), 4));
  }

  @Test
  void aPagemapWithAnAbsurdRecordLengthIsRefused() throws IOException {
    assertRefused(
        "pagemap-%d.img", file -> file.write(ByteBuffer.allocate(4).putInt(0, 0xffffff7f), 8));
  }

  @Test
  void aMemoryMapThatIsCutIsRefused() throws IOException {
    assertRefused("mm-%d.img", file -> file.truncate(file.size() / 2));
  }

  @Test
  void aPagesFileThatIsShortIsRefused() throws IOException {
    assertRefused("pages-1.img", file -> file.truncate(file.size() - 4096));
  }

  private void assertRefused(String name, Damage damage) throws IOException {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=1")) {
      CriuRun.dump(victim, images);
      String file = String.format(name, victim.pid());
      damage(images.resolve(file), damage);
      try (LazyDaemon daemon = LazyDaemon.launch(scratch, images)) {
        assertThat(daemon.awaitExit(Budget.ofSeconds(10))).as("exit code").isNotZero();
        assertThat(daemon.output()).as("the message names the file").contains(file);
      }
    }
  }

  @Test
  void aPagesFileThatShrinksIsALoudStop() throws IOException {
    assertLoudStop(file -> file.truncate(4096));
  }

  @Test
  void aPagesFileThatGrowsIsALoudStop() throws IOException {
    assertLoudStop(file -> file.write(ByteBuffer.allocate(4096), file.size()));
  }

  /**
   * The daemon is stopped in the middle of the transfer, so the change comes while pages are
   * missing.
   */
  private void assertLoudStop(Damage damage) throws IOException {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=512", "touches=100000")) {
      CriuRun.dump(victim, images);
      try (LazyDaemon daemon = LazyDaemon.start(images, "--on-lost-page", "poison")) {
        CriuRun.lazyRestore(images).mustSucceed();
        daemon.signal("STOP");
        damage(images.resolve("pages-1.img"), damage);
        victim.go();
        daemon.signal("CONT");
        Budget.ofSeconds(10)
            .await(
                "the daemon names the file",
                () -> daemon.output().contains("pages-1.img"),
                () -> daemon.output() + victim.verdict());
        assertThat(daemon.awaitExit(Budget.ofSeconds(10))).as("exit code").isNotZero();
        assertThat(victim.verdict().badWords()).as("%s", victim.verdict()).isZero();
      }
    }
  }

  private static void damage(Path file, Damage damage) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      damage.doTo(channel);
    }
  }
}
