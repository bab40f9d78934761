package io.criulazy.client.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.OwnCommand;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What criu has dumped our own engine restores, and the process finds itself as it was. */
@Needs({Requirement.KERNEL, Requirement.GCC, Requirement.CRIU, Requirement.DISTRIBUTION})
class NativeRestoreIT {
  private static final int ROUNDS = Integer.getInteger("criu-lazy.it.native-restores", 3);

  @TempDir Path scratch;

  @Test
  void aProcessComesBackEagerly() throws Exception {
    roundTrip(false, "pages", "mib=64", "touches=2000");
  }

  @Test
  void aProcessComesBackLazily() throws Exception {
    roundTrip(true, "pages", "mib=256", "touches=20000");
  }

  @Test
  void aTreeOfProcessesWithThreadsComesBackEagerly() throws Exception {
    roundTrip(false, "tree", "procs=5", "threads=4");
  }

  @Test
  void aTreeOfProcessesWithThreadsComesBackLazily() throws Exception {
    roundTrip(true, "tree", "procs=7", "threads=8");
  }

  @Test
  void theCommandTakesThisEngineWhereItCoversAll() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      CriuRun.dump(victim, images);
      victim.go();
      assertThat(OwnCommand.mustRun("restore", "-D", images.toString(), "-d", "--json"))
          .contains("\"engine\":\"native\"", "\"pid\":" + victim.pid());
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  @Test
  void anAioContextComesBackWithItsEvents() throws Exception {
    roundTrip(true, "aio-events");
  }

  @Test
  void aProcessThatForksAndMovesItsMemoryComesBackLazily() throws Exception {
    roundTrip(true, "randomops");
  }

  @Test
  void oneImageIsRestoredManyTimesAndNothingIsLeft() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "state", "threads=4", "wipe-on-fork=0")) {
      CriuRun.dump(victim, images);
      byte[] verdict = victim.verdict().bytes();
      OwnResources before = null;
      for (int round = 0; round <= ROUNDS; round++) {
        victim.verdict().reset(verdict);
        victim.go();
        try (Reaper reaper = new Reaper(restore(images, false))) {
          victim.awaitUnharmed(Budget.ofSeconds(30));
          assertThat(reaper.pid()).isEqualTo((int) victim.pid());
        }
        if (round == 0) {
          before = OwnResources.now();
        }
      }
      assertThat(OwnResources.now()).isEqualTo(before);
    }
  }

  @Test
  void aRestoreThatFailsLeavesNothing() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16")) {
      CriuRun.dumpLeaveRunning(victim, images);
      OwnResources before = OwnResources.now();
      assertThatThrownBy(() -> restore(images, false))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("the pid " + victim.pid() + " is in use");
      assertThat(OwnResources.now()).isEqualTo(before);
      victim.go();
      victim.awaitUnharmed(Budget.ofSeconds(30));
    }
  }

  @Test
  void whatIsNotCoveredIsToldAtOnceBeforeAnythingIsMade() throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "state", "threads=1")) {
      CriuRun.dump(victim, images);
      Files.write(scratch.resolve("verdict.file"), new byte[3]);
      Files.write(images.resolve("tcp-stream-1.img"), new byte[12]);
      Files.write(images.resolve("tomorrow-1.img"), new byte[12]);
      appendField99(images.resolve("core-" + victim.pid() + ".img"));
      OwnResources before = OwnResources.now();
      RestoreRequest request =
          new RestoreRequest(
              images,
              images,
              false,
              images.resolve("log"),
              2,
              List.of("--tcp-established"),
              Caller.self(false));
      assertThat(new NativeRestore().refusals(request))
          .anyMatch(cause -> cause.contains("--tcp-established"))
          .anyMatch(cause -> cause.contains("verdict.file") && cause.contains("bytes"))
          .contains(
              "there are TCP connections",
              "there is tomorrow-1.img, which it does not read",
              "core-%d.img has field 99 of Core, which it does not know".formatted(victim.pid()))
          .hasSize(5);
      assertThat(OwnResources.now()).isEqualTo(before);
    }
  }

  /** To the only record of an image, as a criu to come may write it. */
  private static void appendField99(Path image) throws IOException {
    byte[] field = {(byte) (99 << 3 & 0x7f | 0x80), (byte) (99 << 3 >> 7), 1};
    byte[] bytes = Files.readAllBytes(image);
    ByteBuffer longer = ByteBuffer.allocate(bytes.length + field.length);
    longer.order(ByteOrder.LITTLE_ENDIAN).put(bytes).put(field);
    longer.putInt(2 * Integer.BYTES, longer.getInt(2 * Integer.BYTES) + field.length);
    Files.write(image, longer.array());
  }

  private void roundTrip(boolean lazy, String program, String... options) throws Exception {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, program, options);
        Reaper reaper = new Reaper(victim.pid())) {
      CriuRun.dump(victim, images);
      victim.go();
      if (lazy) {
        try (LazyDaemon daemon = LazyDaemon.start(images)) {
          restore(images, true);
          RoundTrip.verify(victim, daemon, 30);
        }
      } else {
        restore(images, false);
        victim.awaitUnharmed(Budget.ofSeconds(30));
      }
      assertThat(reaper.pid()).isEqualTo((int) victim.pid());
    }
  }

  private static int restore(Path images, boolean lazy) throws Exception {
    RestoreRequest request =
        new RestoreRequest(
            images, images, lazy, images.resolve("restore.log"), 2, List.of(), Caller.self(false));
    NativeRestore engine = new NativeRestore();
    assertThat(engine.refusals(request)).isEmpty();
    return engine.restore(request);
  }
}
