package io.criulazy.client.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.client.dump.DumpRequest;
import io.criulazy.client.dump.NativeDump;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Stranger;
import io.criulazy.proto.image.ImageDirectory;
import io.criulazy.proto.image.ProcessImages;
import io.criulazy.proto.image.ProcessImagesWriter;
import io.criulazy.proto.image.VmaStatus;
import io.criulazy.proto.image.memory.Mm;
import io.criulazy.proto.image.memory.VmArea;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Restores that fail when half of it is made: no process, no descriptor is left. */
@Needs({Requirement.KERNEL, Requirement.GCC, Requirement.DISTRIBUTION})
class FailedRestoresIT {
  private static final int DAMAGES = Integer.getInteger("criu-lazy.it.damaged-images", 12);
  private static final int HEADER_BYTES = 8;
  private static final int SIGKILL = 9;
  private static final long MORE_THAN_THERE_IS = 1L << 45;

  @TempDir Path scratch;

  /** Any bit: what comes of it runs, and is killed, or is an error, and nothing is left. */
  @Test
  void aDamagedImageIsAnErrorOrAProcess() throws Exception {
    try (Stranger victim = Stranger.start(scratch, "state", "threads=3")) {
      Path images = dump(victim, false);
      victim.awaitGone();
      byte[] verdict = victim.verdict().bytes();
      List<Path> damageable = damageable(images);
      Random random = new Random(Long.getLong("criu-lazy.it.seed", 1));
      OwnResources before = null;
      for (int i = 0; i <= DAMAGES; i++) {
        Path image = damageable.get(random.nextInt(damageable.size()));
        byte[] whole = Files.readAllBytes(image);
        int bit = random.nextInt((whole.length - HEADER_BYTES) * Byte.SIZE) + 8 * HEADER_BYTES;
        Files.write(image, flipped(whole, bit));
        tryRestore(images);
        Files.write(image, whole);
        before = before == null ? OwnResources.now() : before;
        awaitOnly(before, image + ", bit " + bit);
      }
      victim.verdict().reset(verdict);
      Direction.US_TO_US.restore(victim.pid(), images, false, victim::finishUnharmed);
    }
  }

  /** The JVM itself opens a file now and then for a moment. */
  private static void awaitOnly(OwnResources resources, String what) {
    Budget.ofSeconds(5)
        .await(
            "nothing is left of " + what,
            () -> resources.equals(now()),
            () -> now() + ", not " + resources);
  }

  private static OwnResources now() {
    try {
      return OwnResources.now();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void tryRestore(Path images) throws IOException {
    NativeRestore engine = new NativeRestore();
    if (engine.refusals(request(images, false)).isEmpty()) {
      try {
        new Reaper(engine.restore(request(images, false))).close();
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotBlank();
        Remains.reap(ImageDirectory.open(images).tasks()); // as the command does
      }
    }
  }

  private static byte[] flipped(byte[] whole, int bit) {
    byte[] damaged = whole.clone();
    damaged[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
    return damaged;
  }

  /** Not those that tell paths: others' files are not to be touched. */
  private static List<Path> damageable(Path images) throws IOException {
    try (Stream<Path> files = Files.list(images)) {
      return files
          .filter(
              file -> file.getFileName().toString().matches("(core|mm|ids|fs|fdinfo)-\\d+\\.img"))
          .sorted()
          .toList();
    }
  }

  @Test
  void thePidOfAChildIsTaken() throws Exception {
    try (Stranger victim = Stranger.start(scratch, "tree", "procs=3", "threads=2")) {
      Path images = dump(victim, true);
      SystemCall.call(SyscallNumbers.KILL, victim.pid(), SIGKILL);
      Budget.ofSeconds(10).await("its root is gone", () -> victim.state().isEmpty(), () -> "");
      failsAndLeavesNothing(images, false, "is in use");
    }
  }

  @Test
  void aFileIsNotThereAnyMore() throws Exception {
    try (Stranger victim = Stranger.start(scratch, "state", "threads=3")) {
      Path images = dump(victim, false);
      victim.awaitGone();
      Files.delete(scratch.resolve("verdict-state.file"));
      failsAndLeavesNothing(images, false, "verdict-state.file");
    }
  }

  @Test
  void thereIsNotEnoughMemory() throws Exception {
    try (Stranger victim = Stranger.start(scratch, "state", "threads=3")) {
      Path images = dump(victim, false);
      victim.awaitGone();
      addMapping(images, victim.pid());
      failsAndLeavesNothing(images, false, "ENOMEM");
      try (LazyDaemon daemon = LazyDaemon.start(images)) {
        failsAndLeavesNothing(images, true, "ENOMEM");
        assertThat(daemon.awaitExit(Budget.ofSeconds(20))).isNotZero();
      }
    }
  }

  /** Of private memory that the kernel has to promise and can't. */
  private static void addMapping(Path images, int pid) throws IOException {
    Mm mm = new ProcessImages(ImageDirectory.open(images), unknown -> {}).mm(pid);
    List<VmArea> areas = new ArrayList<>(mm.areas());
    areas.add(
        0,
        new VmArea(
            1 << 20,
            (1 << 20) + MORE_THAN_THERE_IS,
            0,
            0,
            3,
            0x22,
            VmaStatus.REGULAR | VmaStatus.ANON_PRIVATE,
            -1,
            OptionalLong.empty(),
            OptionalInt.empty()));
    Files.delete(images.resolve("mm-" + pid + ".img"));
    new ProcessImagesWriter(images)
        .mm(
            pid,
            new Mm(
                mm.startCode(),
                mm.endCode(),
                mm.startData(),
                mm.endData(),
                mm.startStack(),
                mm.startBrk(),
                mm.brk(),
                mm.argStart(),
                mm.argEnd(),
                mm.envStart(),
                mm.envEnd(),
                mm.exeFileId(),
                mm.auxv(),
                areas,
                mm.dumpable(),
                mm.aioRings(),
                mm.thpDisabled()));
  }

  private static void failsAndLeavesNothing(Path images, boolean lazy, String why)
      throws IOException {
    OwnResources before = OwnResources.now();
    assertThatThrownBy(() -> new NativeRestore().restore(request(images, lazy)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(why);
    awaitOnly(before, why);
  }

  private Path dump(Stranger victim, boolean leaveRunning) throws IOException {
    Path images = RoundTrip.images(scratch);
    new NativeDump()
        .dump(
            new DumpRequest(
                victim.pid(), images, leaveRunning, images.resolve("dump.log"), 4, List.of()));
    return images;
  }

  private static RestoreRequest request(Path images, boolean lazy) {
    return new RestoreRequest(
        images, images, lazy, images.resolve("restore.log"), 2, List.of(), Caller.self(false));
  }
}
