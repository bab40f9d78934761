package io.criulazy.client.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Needs({Requirement.KERNEL, Requirement.GCC})
class KeeperIT {
  @TempDir Path scratch;

  @Test
  void whatIsOpenedLaterIsWithTheKeeperAtOnceAndCanBeTakenBack() throws Exception {
    try (Keeper keeper = Keeper.start();
        Uffd uffd = Uffd.create(0);
        ForeignFiles files = new ForeignFiles(keeper.pid())) {
      assertThat(files.userfaultfds()).contains(uffd.fd());
      int taken = files.take(uffd.fd());
      assertThat(Files.readSymbolicLink(Path.of("/proc/self/fd/" + taken)))
          .hasToString("anon_inode:[userfaultfd]");
      FileDescriptor.close(taken);
    }
  }

  @Test
  void itHoldsNoMemoryOfItsParentAndEndsWithIt() throws Exception {
    Keeper keeper = Keeper.start();
    Path proc = Path.of("/proc/" + keeper.pid());
    Budget.ofSeconds(5)
        .await(
            "it has let go of its memory",
            () -> {
              try {
                return Files.readAllLines(proc.resolve("maps")).size() < 8;
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            },
            () -> proc.toString());
    assertThat(Files.readString(proc.resolve("comm"))).isEqualTo("criu-lazy-keep\n");
    keeper.close();
    assertThat(proc).doesNotExist();
  }

  @Test
  void itsCodeIsWhatItsSourceSays() throws Exception {
    Path object = scratch.resolve("keeper.o");
    Path code = scratch.resolve("keeper.bin");
    Path source = Path.of("src/test/asm/keeper.S").toAbsolutePath();
    run("gcc", "-c", source.toString(), "-o", object.toString());
    run("objcopy", "-O", "binary", "-j", ".text", object.toString(), code.toString());
    assertThat(HexFormat.of().formatHex(Keeper.CODE))
        .isEqualTo(HexFormat.of().formatHex(Files.readAllBytes(code)));
  }

  private static void run(String... argv) throws Exception {
    Command.Outcome outcome =
        Command.run(Path.of("/"), Budget.ofSeconds(20), Map.of(), List.of(argv));
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
  }

  /** As if it had been left: what it is told it does only when its parent is gone. */
  @Test
  void itClosesNothingOfAProgramThatLives() throws Exception {
    try (Keeper keeper = Keeper.start();
        Uffd uffd = Uffd.create(0)) {
      assertThatThrownBy(() -> Keeper.release(keeper.pid(), List.of(uffd.fd())))
          .hasMessageContaining("doesn't let go");
      assertThat(uffd.isProcessGone()).isFalse();
    }
  }

  /** The keeper's table is this process's own here, so it is left by who has the same files. */
  @Test
  void whatThisProgramHoldsIsKnownForWhatItIs() throws Exception {
    try (Keeper keeper = Keeper.start();
        Uffd uffd = Uffd.create(0);
        Uffd other = Uffd.create(0);
        AbandonedKeeper files = new AbandonedKeeper(keeper.pid())) {
      assertThat(files.hasUserfaultfd(uffd.fd())).isTrue();
      files.settleHeld(List.of(uffd.fd()));
      assertThat(files.settled()).containsExactly(uffd.fd()).doesNotContain(other.fd());
    }
  }
}
