package io.criulazy.client.sys;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

@Needs(Requirement.KERNEL)
class KeeperIT {
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
}
