package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.HostileCrowd;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.PageServerProcess;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A restore in the midst of 10,000 connections that say nothing, or half of a request, or ask for
 * as much as they can and read nothing of it, from a server with a heap of 256 MiB.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class PageServerCrowdIT {
  private static final int CONNECTIONS = 10_000;
  private static final int HEAP_MIB = 256;
  private static final long MAX_RESIDENT_BYTES = 900 << 20;

  @TempDir Path scratch;

  @ParameterizedTest
  @ValueSource(strings = {"criu", "criu-lazy"})
  @Timeout(90)
  void aRestoreGoesOnAmongIdleHalfDoneAndGreedyConnections(String protocol) throws IOException {
    boolean ours = protocol.equals("criu-lazy");
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=2000")) {
      CriuRun.dump(victim, images);
      victim.go();
      Path log = scratch.resolve("server.out");
      try (PageServerProcess server =
              PageServerProcess.startSmall(log, HEAP_MIB, images, "--lazy-pages");
          HostileCrowd crowd = new HostileCrowd(server.port(), images, victim.pid())) {
        if (ours) {
          crowd.inOurProtocol(CONNECTIONS);
        } else {
          crowd.inCriusProtocol(CONNECTIONS);
        }
        try (LazyDaemon client = client(ours, images, server)) {
          CriuRun.lazyRestore(images).mustSucceed();
          RoundTrip.verify(victim, client, 30);
        }
        assertThat(server.isAlive()).as(server.output()).isTrue();
        assertThat(server.output()).doesNotContain("OutOfMemory");
        assertThat(server.residentBytes()).isLessThan(MAX_RESIDENT_BYTES);
      }
    }
  }

  private static LazyDaemon client(boolean ours, Path images, PageServerProcess server) {
    return ours
        ? LazyDaemon.start(images, server.clientOptions())
        : LazyDaemon.startCriu(images, server.clientOptions());
  }
}
