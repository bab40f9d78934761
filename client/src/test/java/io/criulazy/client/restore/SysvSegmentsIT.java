package io.criulazy.client.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.client.dump.DumpRequest;
import io.criulazy.client.dump.NativeDump;
import io.criulazy.client.sys.SyscallNumbers;
import io.criulazy.client.sys.SystemCall;
import io.criulazy.client.sys.SysvSharedMemory;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Stranger;
import io.criulazy.proto.image.ImageDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * System V shared memory that is not dumped, or not restored. {@code DirectionsIT} has the rest.
 */
@Needs({Requirement.KERNEL, Requirement.GCC})
class SysvSegmentsIT {
  private static final Path ALL = Path.of("/proc/sysvipc/shm");
  private static final Path NEXT_ID = Path.of("/proc/sys/kernel/shm_next_id");
  private static final int SHMDT = 67;
  private static final int PRIVATE = 0;
  private static final int CREATE_EXCLUSIVELY = 03600;

  @TempDir Path scratch;

  @Test
  void whatOthersHaveOrCouldHaveIsNotDumped() throws Exception {
    try (Stranger victim = Stranger.start(scratch, "segments", "key=0x" + key())) {
      int marked = idsOf(victim).get(0);
      long address = SystemCall.call(SyscallNumbers.SHMAT, marked, 0, 0);
      assertThat(address).isPositive();
      assertThat(new NativeDump().refusals(dumpRequest(RoundTrip.images(scratch), victim)))
          .containsExactlyInAnyOrder(
              "the shared memory segment %d is attached by others (4 times, here 3)"
                  .formatted(marked),
              "the shared memory segment %d has a key (0x%s), by which others find it"
                  .formatted(idsOf(victim).get(1), key()));
      assertThat(SystemCall.call(SHMDT, address)).isZero();
      victim.finishUnharmed();
    }
  }

  @Test
  void anIdThatIsTakenIsNotRestoredAndAFailedRestoreLeavesNone() throws Exception {
    try (Stranger victim = Stranger.start(scratch, "segments")) {
      List<Integer> ids = idsOf(victim);
      Path images = dump(victim);
      assertThat(ids).allSatisfy(id -> assertThat(SysvSharedMemory.of(id)).isEmpty());
      take(ids.get(1));
      assertThat(new NativeRestore().refusals(request(images)))
          .singleElement()
          .asString()
          .contains("segment " + ids.get(1) + " is there already");
      SysvSharedMemory.remove(ids.get(1));
      Path verdict = victim.verdict().file();
      Path elsewhere = Files.move(verdict, scratch.resolve("elsewhere"));
      assertThatThrownBy(() -> new NativeRestore().restore(request(images)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(verdict.toString());
      assertThat(ids).allSatisfy(id -> assertThat(SysvSharedMemory.of(id)).isEmpty());
      Remains.reap(ImageDirectory.open(images).tasks());
      Files.move(elsewhere, verdict);
      Direction.US_TO_US.restore(victim.pid(), images, false, victim::finishUnharmed);
    }
  }

  /** Of this run of the tests alone. */
  private static String key() {
    return "%08x".formatted(0x40000000 | (int) ProcessHandle.current().pid());
  }

  /** The segments that a process has made, in order. */
  private static List<Integer> idsOf(Stranger victim) throws IOException {
    return Files.readAllLines(ALL).stream()
        .skip(1)
        .map(line -> line.strip().split(" +"))
        .filter(words -> words[4].equals(Integer.toString(victim.pid())))
        .map(words -> Integer.valueOf(words[1]))
        .sorted()
        .toList();
  }

  private static void take(int id) throws IOException {
    Files.writeString(NEXT_ID, Integer.toString(id));
    assertThat(SystemCall.call(SyscallNumbers.SHMGET, PRIVATE, 1, CREATE_EXCLUSIVELY))
        .isEqualTo(id);
  }

  private Path dump(Stranger victim) throws IOException {
    DumpRequest request = dumpRequest(RoundTrip.images(scratch), victim);
    new NativeDump().dump(request);
    victim.awaitGone();
    return request.imagesDir();
  }

  private static DumpRequest dumpRequest(Path images, Stranger victim) {
    return new DumpRequest(victim.pid(), images, false, images.resolve("log"), 4, List.of());
  }

  private static RestoreRequest request(Path images) {
    return new RestoreRequest(
        images, images, false, images.resolve("log"), 2, List.of(), Caller.self(false));
  }
}
