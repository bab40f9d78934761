package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Keepers;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.ResidentDaemonRig;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.SlowCriu;
import io.criulazy.client.testing.TemporaryDisk;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ends and shortages in which no userfaultfd may be closed: nobody reads zeros. */
@Needs({
  Requirement.KERNEL,
  Requirement.CRIU,
  Requirement.GCC,
  Requirement.PYTHON,
  Requirement.DISTRIBUTION
})
class OrderlyEndIT {
  /** Longer than a keeper waits for restores of which it has nothing. */
  private static final long QUEUED_MS = 13_000;

  @TempDir Path scratch;

  /** An image that is cut for a while is waited for, too. */
  @Test
  void aSecondSignalLeavesTheProcessToTheKeeper() throws Exception {
    Path images = RoundTrip.images(scratch);
    Path pages = images.resolve("pages-1.img");
    Path whole = scratch.resolve("whole");
    try (Victim victim = Victim.start(scratch, "pages", "mib=256", "touches=1000")) {
      CriuRun.dump(victim, images);
      try (LazyDaemon daemon = LazyDaemon.start(images)) {
        CriuRun.lazyRestore(images).mustSucceed();
        daemon.signal("STOP"); // or it might be ready before
        copy(pages, whole);
        try (FileChannel file = FileChannel.open(pages, StandardOpenOption.WRITE)) {
          file.truncate(4096);
        }
        daemon.signal("CONT");
        awaitOutput(daemon, "can't be had");
        daemon.signal("TERM");
        awaitOutput(daemon, "asked to end: ");
        daemon.signal("TERM");
        assertThat(daemon.awaitExit(Budget.ofSeconds(10))).isEqualTo(143);
        assertThat(daemon.output()).contains("--resume -D " + images);
      }
      copy(whole, pages);
      victim.go();
      try (LazyDaemon next = LazyDaemon.launch(scratch, images, "--resume")) {
        RoundTrip.verify(victim, next, 30);
      }
    }
  }

  /** Its times, too, to the nanosecond; a file that is there is written over. */
  private static void copy(Path from, Path to) {
    List<String> argv = List.of("cp", "--preserve=timestamps", from.toString(), to.toString());
    Command.Outcome outcome = Command.run(Path.of("/"), Budget.ofSeconds(30), Map.of(), argv);
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
  }

  @Test
  void aFullDiskCostsTheResumeAndNotTheRestore() throws Exception {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (Victim victim = Victim.start(scratch, "randomops", "seed=7", "rounds=3");
        TemporaryDisk disk = TemporaryDisk.mount(work, 1)) {
      CriuRun.dump(victim, images);
      LazyDaemon daemon = LazyDaemon.launch(scratch, images, "-W", disk.path().toString());
      daemon.awaitListening(disk.path());
      fill(disk.path());
      victim.go();
      CriuRun.lazyRestore(images, "-W", disk.path().toString(), "-o", "/dev/null").mustSucceed();
      RoundTrip.verify(victim, daemon, 30);
      assertThat(daemon.output()).contains("can't be resumed").contains("No space left");
    }
  }

  @Test
  void withoutRoomForAJournalItDoesNotBegin() throws Exception {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (Victim victim = Victim.start(scratch, "pages", "mib=1");
        TemporaryDisk disk = TemporaryDisk.mount(work, 1)) {
      CriuRun.dump(victim, images);
      fill(disk.path());
      try (LazyDaemon daemon = LazyDaemon.launch(scratch, images, "-W", disk.path().toString())) {
        assertThat(daemon.awaitExit(Budget.ofSeconds(10))).isEqualTo(1);
        assertThat(daemon.output()).contains(disk.path().toString());
      }
    }
  }

  private static void fill(Path disk) {
    try (OutputStream file = Files.newOutputStream(disk.resolve("filler"))) {
      byte[] block = new byte[4096];
      for (int i = 0; i < 1_000; i++) {
        file.write(block);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left")) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The userfaultfd is in the queue; taken from there without room for it, it would be closed. */
  @Test
  void withoutRoomForAUserfaultfdItStaysQueued() throws Exception {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=1000")) {
      CriuRun.dump(victim, images);
      LazyDaemon daemon = LazyDaemon.launch(scratch, images, "-W", work.toString(), "-v4");
      daemon.awaitListening(work);
      victim.go();
      try (daemon;
          SlowCriu criu = new SlowCriu(scratch, images, work)) {
        criu.passAndWait(1);
        Thread.sleep(100);
        daemon.limitOpenFiles(10);
        criu.passAndWait(2);
        awaitOutput(daemon, "EMFILE");
        daemon.limitOpenFiles(1_000);
        criu.passAll();
        RoundTrip.verify(victim, daemon, 20);
      }
    }
  }

  /**
   * The kernel can't hand a forked child's userfaultfd over: the message stays queued, and the
   * parent is in fork(2) as long. So it is when the daemon is killed meanwhile. The program runs
   * before the daemon hears that it is restored, so that nothing is filled; without its first pages
   * an mremap of it may fail (docs/limits.md).
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void withoutRoomForAChildsUserfaultfdTheForkWaits(boolean killed) throws Exception {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (Victim victim = Victim.start(scratch, "randomops", "seed=7", "rounds=3")) {
      CriuRun.dump(victim, images);
      LazyDaemon daemon = LazyDaemon.launch(scratch, images, "-W", work.toString(), "-v4");
      daemon.awaitListening(work);
      victim.go();
      try (daemon;
          SlowCriu criu = new SlowCriu(scratch, images, work)) {
        int processes = processes(images);
        criu.passAndWait(2 * processes); // a pid and a userfaultfd of each
        Budget.ofSeconds(20)
            .await(
                "it has read them",
                () -> daemon.output().split("pages are lazy", -1).length > processes,
                daemon::output);
        daemon.limitOpenFiles(10); // nothing is filled before it hears that all is restored
        awaitOutput(daemon, "which forks, waits until this is over");
        criu.passAll();
        assertThat(daemon.output()).contains("EMFILE");
        if (!killed) {
          daemon.limitOpenFiles(1_000);
          victim.awaitRightMemory(Budget.ofSeconds(60));
          daemon.mustEndWell(Budget.ofSeconds(20));
          assertThat(daemon.output()).contains("FORK");
        } else {
          daemon.close();
          try (LazyDaemon next =
              LazyDaemon.launch(scratch, images, "-W", work.toString(), "--resume", "-v4")) {
            victim.awaitRightMemory(Budget.ofSeconds(60));
            next.mustEndWell(Budget.ofSeconds(20));
            assertThat(next.output()).contains("FORK");
          }
        }
      }
    }
  }

  private static int processes(Path images) throws IOException {
    try (Stream<Path> files = Files.list(images)) {
      return (int) files.filter(file -> file.getFileName().toString().startsWith("mm-")).count();
    }
  }

  /** Nobody holds what is still queued but the socket, and nobody may close that. */
  @Test
  void whatIsQueuedWhenTheDaemonDiesIsKeptAsLongAsItTakes() throws Exception {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=1000")) {
      CriuRun.dump(victim, images);
      LazyDaemon daemon = LazyDaemon.launch(scratch, images, "-W", work.toString());
      daemon.awaitListening(work);
      victim.go();
      try (SlowCriu criu = new SlowCriu(scratch, images, work)) {
        criu.passAndWait(1);
        Thread.sleep(100);
        daemon.signal("STOP");
        criu.passAll();
        Thread.sleep(300);
        daemon.close();
        Thread.sleep(QUEUED_MS);
        try (LazyDaemon another = LazyDaemon.launch(scratch, images, "-W", work.toString())) {
          assertThat(another.awaitExit(Budget.ofSeconds(20))).isEqualTo(1);
          assertThat(another.output()).contains("--resume");
        }
        try (LazyDaemon next =
            LazyDaemon.launch(scratch, images, "-W", work.toString(), "--resume", "-v4")) {
          RoundTrip.verify(victim, next, 20);
        }
      }
    }
  }

  private static void awaitOutput(LazyDaemon daemon, String text) {
    Budget.ofSeconds(15)
        .await("it says: " + text, () -> daemon.output().contains(text), daemon::output);
  }

  /** Restores are prepared until its small heap is full. */
  @Test
  void outOfMemoryItExitsAtOnceAndTheNextOneGoesOn() throws Exception {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (Victim victim = Victim.start(scratch, "pages", "mib=512", "touches=1000")) {
      CriuRun.dump(victim, images);
      Map<String, String> small = Map.of("CRIU_LAZY_JAVA_OPTS", "-Xms12m -Xmx12m");
      try (ResidentDaemonRig daemon = ResidentDaemonRig.start(scratch, small)) {
        daemon.prepare(images, work);
        CriuRun.lazyRestore(images, "-W", work.toString()).mustSucceed();
        daemon.prepareUntilItDies(images, scratch);
        assertThat(daemon.awaitExit(Budget.ofSeconds(10))).as(daemon.output()).isEqualTo(3);
      }
      victim.go();
      try (ResidentDaemonRig next = ResidentDaemonRig.start(scratch)) {
        victim.awaitUnharmed(Budget.ofSeconds(30));
        next.terminate();
        assertThat(next.ends(Budget.ofSeconds(30))).as(next.output()).isTrue();
      }
      assertThat(List.of(work.resolve("criu-lazy.journal"))).noneMatch(Files::exists);
    }
  }

  @AfterEach
  void noKeeperIsLeft() {
    Keepers.awaitNone();
  }
}
