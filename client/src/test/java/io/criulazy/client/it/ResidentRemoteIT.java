package io.criulazy.client.it;

import static io.criulazy.client.testing.MetricsEndpoint.sample;
import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.control.SourceReport;
import io.criulazy.client.source.RemoteImages;
import io.criulazy.client.source.ServerAddress;
import io.criulazy.client.testing.BadNetwork;
import io.criulazy.client.testing.BadNetwork.Mischief;
import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.Keepers;
import io.criulazy.client.testing.MetricsEndpoint;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.OwnCommand;
import io.criulazy.client.testing.PageServerProcess;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.ResidentDaemonRig;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Restores by a resident daemon whose pages are with page servers. */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
@Timeout(120)
class ResidentRemoteIT {
  /** So that there is a middle in which to kill it. */
  private static final Mischief SLOW = new Mischief(0, 0, 0, 5);

  @TempDir Path scratch;

  /** The next daemon may be there before there is a server again. */
  @Test
  void aRestoreOutlivesTheDaemonAndTheServer() throws Exception {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (Victim victim = Victim.start(scratch, "pages", "mib=64", "touches=300")) {
      CriuRun.dump(victim, images);
      try (PageServerProcess server = server(images, "first");
          BadNetwork network = new BadNetwork(server.port(), SLOW)) {
        ResidentDaemonRig daemon = ResidentDaemonRig.start(scratch);
        daemon.prepare(images, work, at(network.port()));
        try (Copy copy = Copy.start(victim, images, work)) {
          Budget.ofSeconds(30)
              .await("pages come", () -> source(daemon).fetchedBytes() > 0, daemon::output);
          assertThat(source(daemon).addresses()).containsExactly("127.0.0.1:" + network.port());
          daemon.close();
          server.signal("KILL");
          CompletableFuture<PageServerProcess> second =
              CompletableFuture.supplyAsync(() -> replace(network, images));
          try (ResidentDaemonRig next = ResidentDaemonRig.start(scratch)) {
            copy.awaitUnharmed(Budget.ofSeconds(60));
            next.awaitComplete(1, Budget.ofSeconds(10));
            assertThat(source(next).fetchedBytes()).isPositive();
            next.terminate();
            assertThat(next.ends(Budget.ofSeconds(20))).as(next.output()).isTrue();
          } finally {
            second.join().close();
          }
        }
      }
    }
    assertThat(work.resolve("criu-lazy.journal")).doesNotExist();
  }

  @Test
  void theCommandNamesTheServer() throws Exception {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    MetricsEndpoint metrics = MetricsEndpoint.free();
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=500")) {
      CriuRun.dump(victim, images);
      try (PageServerProcess server = server(images, "only");
          ResidentDaemonRig daemon =
              ResidentDaemonRig.start(scratch, "--metrics-address", metrics.address())) {
        String control = scratch.resolve("control.sock").toString();
        String[] where = server.clientOptions("-D", images.toString(), "-W", work.toString());
        OwnCommand.mustRun(command("prepare", control, where));
        assertThat(source(daemon).fetchedBytes()).isZero();
        try (Copy copy = Copy.start(victim, images, work)) {
          copy.awaitUnharmed(Budget.ofSeconds(60));
          daemon.awaitComplete(1, Budget.ofSeconds(10));
        }
        assertThat(OwnCommand.mustRun(command("status", control)))
            .contains("from 127.0.0.1:" + server.port());
        assertThat(sample(metrics.scrape(), "criu_lazy_source_fetched_bytes_total"))
            .isGreaterThanOrEqualTo(16 << 20);
      }
    }
  }

  private static String[] command(String name, String control, String... more) {
    String[] words = new String[more.length + 3];
    words[0] = name;
    words[1] = "--control";
    words[2] = control;
    System.arraycopy(more, 0, words, 3, more.length);
    return words;
  }

  private PageServerProcess server(Path images, String name) {
    return PageServerProcess.start(scratch.resolve(name + ".out"), images, "--lazy-pages");
  }

  private PageServerProcess replace(BadNetwork network, Path images) {
    PageServerProcess second = server(images, "second");
    network.redirect(second.port());
    return second;
  }

  private static RemoteImages at(int port) {
    return new RemoteImages(
        List.of(ServerAddress.tcp("127.0.0.1", port)),
        Optional.empty(),
        "",
        false,
        true,
        Duration.ZERO);
  }

  private static SourceReport source(ResidentDaemonRig daemon) {
    return daemon.report().restores().get(0).source().orElseThrow();
  }

  @AfterEach
  void noKeeperIsLeft() {
    Keepers.awaitNone();
  }
}
