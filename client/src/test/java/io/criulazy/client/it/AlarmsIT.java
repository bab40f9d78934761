package io.criulazy.client.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.Command;
import io.criulazy.client.testing.MetricsEndpoint;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.ResidentDaemonRig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The alarms of deploy/prometheus. */
@Needs({Requirement.KERNEL, Requirement.DISTRIBUTION, Requirement.PROMTOOL})
class AlarmsIT {
  private static final String RULES = "criu-lazy.rules.yml";
  private static final Path RULES_FILE =
      Requirement.repository().resolve("deploy/prometheus").resolve(RULES);

  @TempDir Path scratch;

  @Test
  void goOffWhenTheyShouldAndOnlyThen() throws Exception {
    Files.copy(RULES_FILE, scratch.resolve(RULES));
    Path cases = scratch.resolve("alarms.yml");
    try (var input = AlarmsIT.class.getResourceAsStream("/prometheus/alarms.yml")) {
      Files.copy(input, cases);
    }
    List<String> argv =
        List.of(Requirement.PROMTOOL.path().toString(), "test", "rules", cases.toString());
    Command.Outcome outcome = Command.run(scratch, Budget.ofSeconds(20), Map.of(), argv);
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
  }

  /** A rule about a metric of another name would be silent for ever. */
  @Test
  void areAboutMetricsThatADaemonHas() throws Exception {
    MetricsEndpoint metrics = MetricsEndpoint.free();
    try (ResidentDaemonRig daemon =
        ResidentDaemonRig.start(scratch, "--metrics-address", metrics.address())) {
      String scrape = metrics.scrape();
      assertThat(daemon.isAlive()).isTrue();
      List<String> named =
          Pattern.compile("expr: .*?(criu_lazy_\\w+(?:\\{[^}]*})?)")
              .matcher(Files.readString(RULES_FILE))
              .results()
              .map(result -> result.group(1))
              .toList();
      assertThat(named).hasSize(4).allSatisfy(series -> assertThat(scrape).contains(series));
    }
  }
}
