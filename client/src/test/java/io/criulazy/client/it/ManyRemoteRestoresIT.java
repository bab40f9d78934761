package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Copy;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.PageServerProcess;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One page server and many restores of one image, at the same time and one after the other, with
 * criu's own clients and with ours. CRIU_LAZY_IT_COPIES and CRIU_LAZY_IT_ROUNDS make it more.
 */
@Needs({Requirement.KERNEL, Requirement.CRIU, Requirement.GCC, Requirement.DISTRIBUTION})
class ManyRemoteRestoresIT {
  private static final Logger LOG = LoggerFactory.getLogger(ManyRemoteRestoresIT.class);
  private static final int COPIES = number("CRIU_LAZY_IT_COPIES", 10);
  private static final int ROUNDS = number("CRIU_LAZY_IT_ROUNDS", 10);

  /** Every so many'th copy has a client of ours. */
  private static final int OURS = 5;

  /** criu's client gets most pages one by one, which takes a processor some seconds. */
  private static final int SECONDS_A_COPY = 10;

  private static final int WARM_UP_ROUNDS = 5;
  private static final long MIB = 1 << 20;

  @TempDir Path scratch;

  @Test
  @Timeout(900)
  void manyCopiesAtOnceAreAllRight() {
    Path images = RoundTrip.images(scratch);
    List<AutoCloseable> started = new ArrayList<>();
    try (Victim victim = Victim.start(scratch, "pages", "mib=64", "touches=2000")) {
      CriuRun.dump(victim, images);
      try (PageServerProcess server = server(images)) {
        show("at first", server);
        long files = server.openFiles();
        List<Path> works = new ArrayList<>();
        for (int i = 0; i < COPIES; i++) {
          works.add(Copy.workDirectory(scratch, "copy" + i));
          started.add(client(i % OURS == 0, images, works.get(i), server));
        }
        List<Copy> copies = works.stream().map(work -> Copy.start(victim, images, work)).toList();
        started.addAll(copies);
        show("all started", server);
        Budget budget = Budget.ofSeconds(60 + SECONDS_A_COPY * COPIES);
        copies.forEach(copy -> copy.awaitUnharmed(budget));
        show("all verified", server);
        closeAll(started);
        server.awaitOpenFiles(files, Budget.ofSeconds(10));
        show("at last", server);
      }
    } finally {
      closeAll(started);
    }
  }

  @Test
  @Timeout(240)
  void oneAfterTheOtherLeaveNothingBehind() {
    Path images = RoundTrip.images(scratch);
    try (Victim victim = Victim.start(scratch, "pages", "mib=16", "touches=500")) {
      CriuRun.dump(victim, images);
      try (PageServerProcess server = server(images)) {
        long files = 0;
        long bytes = 0;
        for (int i = 0; i < ROUNDS; i++) {
          if (i == WARM_UP_ROUNDS) {
            show("after " + i, server);
            files = server.openFiles();
            bytes = server.anonymousBytes();
          }
          Path work = Copy.workDirectory(scratch, "round" + i);
          try (LazyDaemon client = client(i % OURS == 0, images, work, server);
              Copy copy = Copy.start(victim, images, work)) {
            copy.awaitUnharmed(Budget.ofSeconds(20));
            client.mustEndWell(Budget.ofSeconds(20));
          }
        }
        server.awaitOpenFiles(files, Budget.ofSeconds(10));
        show("after " + ROUNDS, server);
        assertThat(server.anonymousBytes()).as("bytes of memory").isLessThan(bytes + 32 * MIB);
      }
    }
  }

  private PageServerProcess server(Path images) {
    return PageServerProcess.start(scratch.resolve("server.out"), images, "--lazy-pages");
  }

  private static LazyDaemon client(boolean ours, Path images, Path work, PageServerProcess server) {
    String[] options = server.clientOptions("-W", work.toString(), "-o", "lazy-pages.log");
    LazyDaemon client =
        ours
            ? LazyDaemon.launch(work, images, options)
            : LazyDaemon.launchCriu(work, images, options);
    client.awaitListening(work);
    return client;
  }

  private static void closeAll(List<AutoCloseable> started) {
    for (AutoCloseable each : started) {
      try {
        each.close();
      } catch (Exception e) {
        LOG.warn("{}", e.toString());
      }
    }
    started.clear();
  }

  private static void show(String when, PageServerProcess server) {
    LOG.warn(
        "{}: {} open files, {} MiB resident, {} MiB of its own, {} threads",
        when,
        server.openFiles(),
        server.residentBytes() / MIB,
        server.anonymousBytes() / MIB,
        server.threads());
  }

  private static int number(String variable, int usual) {
    String value = System.getenv(variable);
    return value == null ? usual : Integer.parseInt(value);
  }
}
