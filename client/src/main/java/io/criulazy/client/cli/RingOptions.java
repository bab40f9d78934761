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

  @Option(
      names = "--ring-pump-limit",
      paramLabel = "REQUESTS",
      defaultValue = "" + RingSurvey.PUMP_LIMIT,
      description =
          "refuse an io_uring that has carried out more: each has to be made up for when it is put"
              + " back, some 10 million a second (a hundredth of that with SQPOLL; default:"
              + " ${DEFAULT-VALUE})")
  private long pumpLimit;

  TreeRings.Policy policy() throws UsageException {
    if (!(timeoutSeconds >= 0 && timeoutSeconds <= MOST_SECONDS)) {
      throw new UsageException(
          "option --ring-timeout " + timeoutSeconds + " is not from 0 to 3600 seconds");
    }
    if (pumpLimit < 0) {
      throw new UsageException("option --ring-pump-limit " + pumpLimit + " is negative");
    }
    return new TreeRings.Policy(
        pumpLimit, Duration.ofNanos((long) (timeoutSeconds * NS_PER_SECOND)), inFlight);
  }
}
