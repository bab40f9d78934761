package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.BadNetwork;
import io.criulazy.client.testing.BadNetwork.Mischief;
import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Certificates;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.CriusPipes;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.PageServerProcess;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.SeparateHost;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Our agent with the pages elsewhere: every restored process checks all of its memory. */
@Needs({
  Requirement.KERNEL,
  Requirement.CRIU,
  Requirement.GCC,
  Requirement.DISTRIBUTION,
  Requirement.IPROUTE
})
@Timeout(90)
class RemotePagesIT {
  @TempDir Path scratch;

  @ParameterizedTest
  @CsvSource({
    "pages, mib=128 touches=20000",
    "tree, kib=2048",
    "randomops, rounds=5",
    "splits, mappings=300",
  })
  void fromOurServer(String program, String options) {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, program, options.split(" "))) {
      CriuRun.dump(victim, images);
      try (PageServerProcess server = server(images)) {
        restore(victim, images, server.clientOptions("-v3"));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"false, no page comes over the network", "true, ''"})
  void fromOurServerOfThisHost(boolean forbidden, String said) {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=64", "touches=5000")) {
      CriuRun.dump(victim, images);
      Path log = scratch.resolve("server.out");
      try (PageServerProcess server = PageServerProcess.startNear(log, images, "--lazy-pages")) {
        String option = forbidden ? "--no-short-circuit" : "-v3";
        String output = restore(victim, images, server.clientOptions("-v3", option));
        assertThat(output).contains(said);
        assertThat(output.contains("its files are mapped")).isNotEqualTo(forbidden);
      }
    }
  }

  @Test
  void overTls() throws IOException {
    Path pki = Files.createDirectory(scratch.resolve("pki"));
    Certificates certificates =
        Certificates.in(pki).sign("server", "127.0.0.1").sign("client", "127.0.0.1");
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=64", "touches=5000")) {
      CriuRun.dump(victim, images);
      try (PageServerProcess server = server(images, certificates.options("server"))) {
        restore(victim, images, server.clientOptions(certificates.options("client")));
      }
    }
  }

  /** criu's server keeps all pages in pipes, which takes more than root's usual share of them. */
  @Test
  void fromCriusServer() throws IOException {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=32", "touches=2000")) {
      CriuRun.dump(victim, images);
      try (CriusPipes pipes = new CriusPipes();
          PageServerProcess server =
              PageServerProcess.startCriu(scratch.resolve("server.out"), images, "--lazy-pages")) {
        pipes.mustHold();
        restore(victim, images, server.clientOptions("-v3"));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"300, 0, 0, 0", "0, 3000000, 0, 0", "0, 0, 20000000, 0"})
  void overABadNetwork(int cutEveryMs, long corruptEvery, long stallAfter, int delayMs)
      throws IOException {
    Mischief mischief = new Mischief(cutEveryMs, corruptEvery, stallAfter, delayMs);
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=64", "touches=5000")) {
      CriuRun.dump(victim, images);
      try (PageServerProcess server = server(images);
          BadNetwork network = new BadNetwork(server.port(), mischief)) {
        String port = Integer.toString(network.port());
        restore(victim, images, "--page-server", "--address", "127.0.0.1", "--port", port, "-v3");
        assertThat(network.harm()).as("what the network did").isPositive();
      }
    }
  }

  /** 20 ms each way, one packet in a hundred lost, all connections cut each second. */
  @Test
  void overABadNetworkBetweenTwoHosts() throws IOException {
    Path images = RoundTrip.images(scratch);
    Path work = Copy.workDirectory(scratch, "work");
    try (Victim victim = Victim.start(scratch, "pages", "mib=64", "touches=2000");
        SeparateHost there = SeparateHost.start();
        SeparateHost here = SeparateHost.start()) {
      CriuRun.dump(victim, images);
      there.connectToUs();
      here.connectToUs();
      try (PageServerProcess server =
              PageServerProcess.startIn(
                  there.network(), there.address(), scratch.resolve("server.out"), images);
          BadNetwork network =
              new BadNetwork(
                  new InetSocketAddress(there.address(), server.port()),
                  InetAddress.getByName(here.addressOfOtherEnd()),
                  new Mischief(1000, 5_000_000, 0, 20));
          LazyDaemon daemon =
              LazyDaemon.launchIn(
                  here.network(),
                  work,
                  images,
                  at(here.addressOfOtherEnd(), network.port(), work));
          Copy copy = Copy.start(here.network(), victim.verdict(), images, work)) {
        copy.awaitUnharmed(Budget.ofSeconds(60));
        daemon.mustEndWell(Budget.ofSeconds(20));
        assertThat(network.harm()).as("what the network did").isPositive();
      }
    }
  }

  private static String[] at(String address, int port, Path work) {
    return new String[] {
      "-W", work.toString(), "--page-server", "--address", address, "--port", "" + port, "-v3"
    };
  }

  private PageServerProcess server(Path images, String... more) {
    String[] options = new String[more.length + 1];
    options[0] = "--lazy-pages";
    System.arraycopy(more, 0, options, 1, more.length);
    return PageServerProcess.start(scratch.resolve("server.out"), images, options);
  }

  private static String restore(Victim victim, Path images, String... options) {
    try (LazyDaemon daemon = LazyDaemon.start(images, options)) {
      victim.go();
      CriuRun.lazyRestore(images).mustSucceed();
      RoundTrip.verify(victim, daemon, 60);
      return daemon.output();
    }
  }
}
