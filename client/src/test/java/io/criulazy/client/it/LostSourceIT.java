package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.BadNetwork;
import io.criulazy.client.testing.BadNetwork.Mischief;
import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.PageServerProcess;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page server is killed when a process has got a part of its memory. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
@Timeout(90)
class LostSourceIT {
  /** Both connections together bring less than half of what the process has. */
  private static final Mischief STALLS = new Mischief(0, 0, 4_000_000, 0);

  @TempDir Path scratch;
  private Path images;

  @Test
  void theProcessWaitsUntilThereIsAServerAgain() throws IOException {
    images = RoundTrip.images(scratch);
    try (Victim victim = dumped();
        PageServerProcess first = server("first");
        BadNetwork network = new BadNetwork(first.port(), STALLS);
        LazyDaemon daemon = LazyDaemon.start(images, at("127.0.0.1", network.port()))) {
      restoreHalf(first, victim);
      network.heal();
      try (PageServerProcess second = server("second")) {
        network.redirect(second.port());
        RoundTrip.verify(victim, daemon, 30);
      }
    }
  }

  @Test
  void anotherReplicaGoesOn() throws IOException {
    images = RoundTrip.images(scratch);
    Path socket = scratch.resolve("pages.socket");
    try (Victim victim = dumped();
        PageServerProcess first = server("first");
        BadNetwork network = new BadNetwork(first.port(), STALLS);
        PageServerProcess second =
            PageServerProcess.startAt(scratch.resolve("second.out"), images, socket);
        LazyDaemon daemon =
            LazyDaemon.start(images, at("127.0.0.1,unix:" + socket, network.port()))) {
      restoreHalf(first, victim);
      RoundTrip.verify(victim, daemon, 30);
      assertThat(second.isAlive()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kill", "poison"})
  void afterTheTimeoutThePolicyHolds(String policy) throws IOException {
    images = RoundTrip.images(scratch);
    try (Victim victim = dumped();
        PageServerProcess server = server("only");
        BadNetwork network = new BadNetwork(server.port(), STALLS);
        LazyDaemon daemon =
            LazyDaemon.start(images, at("127.0.0.1", network.port(), timeout(policy)))) {
      restoreHalf(server, victim);
      awaitLost(victim, daemon);
    }
  }

  /** The restorer itself needs pages: criu would wait for ever. */
  @Test
  void aRestoreThatBeginsWithoutAServerEndsAfterTheTimeout() {
    images = RoundTrip.images(scratch);
    try (Victim victim = dumped();
        PageServerProcess server = server("only");
        LazyDaemon daemon =
            LazyDaemon.start(images, at("127.0.0.1", server.port(), timeout("kill")))) {
      server.signal("KILL");
      Budget.ofSeconds(10).await("the agent knows", () -> knows(daemon), daemon::output);
      assertThat(daemon.isAlive()).as("nobody needs a page yet").isTrue();
      CriuRun.lazyRestore(images); // fails, or its process ends
      victim.go();
      awaitLost(victim, daemon);
    }
  }

  private static boolean knows(LazyDaemon daemon) {
    return daemon.output().contains("trying again");
  }

  private static String[] timeout(String policy) {
    return new String[] {"--source-timeout", "1", "--on-lost-page", policy};
  }

  private static void awaitLost(Victim victim, LazyDaemon daemon) {
    Budget.ofSeconds(40).await("it is ended", () -> !victim.isAlive(), daemon::output);
    assertThat(daemon.awaitExit(Budget.ofSeconds(20))).as(daemon.output()).isNotZero();
    assertThat(daemon.output()).contains("no page server");
  }

  private Victim dumped() {
    Victim victim = Victim.start(scratch, "pages", "mib=32", "touches=3000");
    CriuRun.dump(victim, images);
    return victim;
  }

  private PageServerProcess server(String name) {
    return PageServerProcess.start(scratch.resolve(name + ".out"), images, "--lazy-pages");
  }

  private static String[] at(String addresses, int port, String... more) {
    List<String> options = new ArrayList<>();
    options.addAll(List.of("--page-server", "--address", addresses));
    options.addAll(List.of("--port", Integer.toString(port), "-v3"));
    options.addAll(List.of(more));
    return options.toArray(String[]::new);
  }

  private void restoreHalf(PageServerProcess server, Victim victim) {
    CriuRun.lazyRestore(images).mustSucceed();
    victim.go();
    server.signal("KILL");
  }
}
