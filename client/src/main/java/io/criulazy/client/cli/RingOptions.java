package io.criulazy.client.cli;

import io.criulazy.client.rings.InFlightPolicy;
import io.criulazy.client.rings.RingSurvey;
import io.criulazy.client.rings.TreeRings;
import java.time.Duration;
import picocli.CommandLine.Option;

/** How a dump takes io_uring instances along. */
final class RingOptions {
  private static final double NS_PER_SECOND = 1e9;
  private static final double MOST_SECONDS = 3600;

  @Option(
      names = "--inflight",
      paramLabel = "fail|cancel",
      defaultValue = "fail",
      description =
          "io_uring requests that do not finish in time: the dump fails (default), or they are"
              + " cancelled, and the process finds ECANCELED")
  private InFlightPolicy inFlight;

  @Option(
      names = "--ring-timeout",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "how long to wait for them (default: ${DEFAULT-VALUE})")
  private double timeoutSeconds;

  TreeRings.Policy policy() throws UsageException {
    if (!(timeoutSeconds >= 0 && timeoutSeconds <= MOST_SECONDS)) {
      throw new UsageException(
          "option --ring-timeout " + timeoutSeconds + " is not from 0 to 3600 seconds");
    }
    return new TreeRings.Policy(
        RingSurvey.PUMP_LIMIT, Duration.ofNanos((long) (timeoutSeconds * NS_PER_SECOND)), inFlight);
  }
}
