package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.PageServerProcess;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import io.criulazy.proto.pageserver.Command;
import io.criulazy.proto.pageserver.HeaderLayout;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A restore in the midst of 10,000 connections that say nothing, or half of a request, or ask for
 * as much as they can and read nothing of it, from a server with a heap of 256 MiB.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class PageServerCrowdIT {
  private static final int CONNECTIONS = 10_000;
  private static final int HEAP_MIB = 256;
  private static final long MAX_RESIDENT_KIB = 900 << 10;

  @TempDir Path scratch;

  @Test
  @Timeout(90)
  void aRestoreGoesOnAmongIdleHalfDoneAndGreedyConnections() throws IOException {
    Path images = RoundTrip.images(scratch);
    List<SocketChannel> crowd = new ArrayList<>();
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=2000")) {
      CriuRun.dump(victim, images);
      victim.go();
      ByteBuffer request = ByteBuffer.wrap(greedyRequest(images, victim.pid()));
      Path log = scratch.resolve("server.out");
      try (PageServerProcess server =
          PageServerProcess.startSmall(log, HEAP_MIB, images, "--lazy-pages")) {
        gather(crowd, server.port(), request);
        try (LazyDaemon criu = LazyDaemon.startCriu(images, server.clientOptions())) {
          CriuRun.lazyRestore(images).mustSucceed();
          RoundTrip.verify(victim, criu, 30);
        }
        assertThat(server.isAlive()).as(server.output()).isTrue();
        assertThat(server.output()).doesNotContain("OutOfMemory");
        assertThat(server.residentKib()).isLessThan(MAX_RESIDENT_KIB);
      }
    } finally {
      for (SocketChannel each : crowd) {
        each.close();
      }
    }
  }

  /** Every tenth sends half a request, every fiftieth hundreds that nobody reads the answers to. */
  private static void gather(List<SocketChannel> crowd, int port, ByteBuffer request)
      throws IOException {
    InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    for (int i = 0; i < CONNECTIONS; i++) {
      SocketChannel each = SocketChannel.open(server);
      crowd.add(each);
      if (i % 10 == 1) {
        each.write(request.duplicate().limit(request.capacity() / 2));
      } else if (i % 50 == 2) {
        each.configureBlocking(false);
        for (int n = 0; n < 500; n++) {
          each.write(request.duplicate());
        }
      }
    }
  }

  private static byte[] greedyRequest(Path images, long pid) throws IOException {
    ByteBuffer request = ByteBuffer.allocate(HeaderLayout.NARROW.bytes());
    try (ImageSet set = ImageStore.open(images)) {
      long address = set.index(pid).start(0);
      HeaderLayout.NARROW.write(request, 0, Command.GET.code(), 0xffff_ffffL, address, pid);
    }
    return request.array();
  }
}
