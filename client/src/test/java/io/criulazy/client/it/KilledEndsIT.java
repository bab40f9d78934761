package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Keepers;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.PageServerProcess;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The pages are elsewhere, and both ends are killed in turn in the middle of a restore: our page
 * server, which is started again, and the daemon, which another one goes on for.
 *
 * <p>CRIU_LAZY_KILLS sets how many restores.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class KilledEndsIT {
  private static final int ROUNDS =
      Integer.parseInt(System.getenv().getOrDefault("CRIU_LAZY_KILLS", "2"));
  private static final int WITHIN_MS = 150;

  @TempDir Path scratch;

  static Stream<Long> seeds() {
    return Stream.iterate(1L, seed -> seed + 1).limit(ROUNDS);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aProcessSeesNeitherOfTheirDeaths(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=128", "touches=20000")) {
      CriuRun.dump(victim, images);
      PageServerProcess server =
          PageServerProcess.start(scratch.resolve("server.out"), images, "--lazy-pages");
      int port = server.port();
      String[] client = server.clientOptions("-v3");
      LazyDaemon daemon = LazyDaemon.start(images, client);
      victim.go();
      CriuRun.lazyRestore(images).mustSucceed();
      boolean serverFirst = random.nextBoolean();
      for (boolean killsServer : new boolean[] {serverFirst, !serverFirst}) {
        Thread.sleep(random.nextInt(WITHIN_MS));
        if (killsServer) {
          server.close();
          server =
              PageServerProcess.startAt(
                  port, scratch.resolve("server2.out"), images, "--lazy-pages");
        } else {
          daemon.close();
          daemon = LazyDaemon.launch(scratch, images, resuming(client));
        }
      }
      try (PageServerProcess lastServer = server;
          LazyDaemon lastDaemon = daemon) {
        RoundTrip.verify(victim, lastDaemon, 60);
        assertThat(lastServer.isAlive()).isTrue();
      }
      assertThat(images.resolve("criu-lazy.journal")).doesNotExist();
    }
  }

  private static String[] resuming(String... options) {
    List<String> all = new ArrayList<>(Arrays.asList(options));
    all.add("--resume");
    return all.toArray(String[]::new);
  }

  @AfterAll
  static void noKeeperIsLeft() {
    Keepers.awaitNone();
  }
}
