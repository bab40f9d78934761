package io.criulazy.client.it;

import static io.criulazy.client.testing.MetricsEndpoint.sample;
import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CriuRun;
import io.criulazy.client.testing.LazyDaemon;
import io.criulazy.client.testing.MetricsEndpoint;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.RoundTrip;
import io.criulazy.client.testing.Victim;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus sees of a lazy restore. */
@Needs({
  Requirement.KERNEL,
  Requirement.CRIU,
  Requirement.GCC,
  Requirement.DISTRIBUTION,
  Requirement.PROMTOOL
})
class MetricsIT {
  private static final int MIB = 256;
  private static final String BACKGROUND_PAGES =
      "criu_lazy_pages_installed_total{source=\"image\",trigger=\"background\"}";
  private static final long MIB_BYTES = 1L << 20;

  @TempDir Path scratch;

  @Test
  void prometheusAcceptsAndCountsWhatARestoreDoes() throws Exception {
    Path images = RoundTrip.images(scratch);
    MetricsEndpoint metrics = MetricsEndpoint.free();
    try (Victim victim = Victim.start(scratch, "pages", "mib=" + MIB)) {
      victim.signal("STOP");
      CriuRun.dump(victim, images);
      try (LazyDaemon daemon = LazyDaemon.start(images, "--metrics-address", metrics.address())) {
        String idle = metrics.scrape();
        mustPassPromtool(idle);
        assertThat(sample(idle, "criu_lazy_sessions{state=\"listening\"}")).isEqualTo(1);
        assertThat(sample(idle, "criu_lazy_remaining_bytes")).isZero();
        assertThat(idle).contains("criu_lazy_build_info{").contains("jvm_memory_used_bytes");

        CompletableFuture<Void> restore =
            CompletableFuture.runAsync(() -> CriuRun.lazyRestore(images).mustSucceed());
        String working = lastWhileFilling(metrics, idle);
        restore.get(30, TimeUnit.SECONDS);
        mustPassPromtool(working);
        double delivered = sample(working, BACKGROUND_PAGES) * 4096;
        assertThat(delivered).isPositive();
        assertThat(delivered + sample(working, "criu_lazy_remaining_bytes"))
            .isBetween(0.9 * MIB * MIB_BYTES, 1.2 * MIB * MIB_BYTES);
        victim.go();
        victim.signal("CONT");
        RoundTrip.verify(victim, daemon, 30);
      }
    }
  }

  /** The last answer before everything was in place and the daemon ended. */
  private static String lastWhileFilling(MetricsEndpoint metrics, String first)
      throws InterruptedException {
    String last = first;
    Budget budget = Budget.ofSeconds(30);
    while (budget.leftMillis() > 0) {
      try {
        last = metrics.scrape();
      } catch (IOException e) {
        return last; // it is ending, or has ended
      }
    }
    throw new AssertionError("the daemon did not end");
  }

  private static void mustPassPromtool(String scrape) throws Exception {
    Process promtool =
        new ProcessBuilder(Requirement.PROMTOOL.path().toString(), "check", "metrics")
            .redirectErrorStream(true)
            .start();
    try (var input = promtool.outputWriter()) {
      input.write(scrape);
    }
    String verdict = new String(promtool.getInputStream().readAllBytes());
    assertThat(promtool.waitFor(Budget.ofSeconds(10).leftMillis(), TimeUnit.MILLISECONDS)).isTrue();
    assertThat(promtool.exitValue()).as(verdict).isZero();
    assertThat(verdict).isEmpty();
  }
}
