package io.criulazy.client.rings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.Stranger;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.Tracer;
import io.criulazy.proto.image.IoUringImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What can't be taken away is refused before anything is changed, and waited for if that helps. */
@Needs({Requirement.KERNEL, Requirement.GCC})
class RingRefusalsIT {
  private static final int REFUSED = Integer.getInteger("criu-lazy.it.refused-dumps", 10);
  private static final Duration LONG = Duration.ofSeconds(5);
  private static final Duration SHORT = Duration.ofMillis(20);

  @TempDir Path directory;

  private Tracer tracer;

  @BeforeEach
  void startTracer() {
    tracer = Tracer.start();
  }

  @AfterEach
  void endTracer() throws Exception {
    tracer.close();
  }

  @ParameterizedTest
  @CsvSource({
    "shared, is shared",
    "provided, has provided buffers",
    "closed, registered file in slot 0 that the process has closed",
    "attach, ATTACH_WQ",
    "nommap, was set up with NO_MMAP"
  })
  void saysWhatIsAgainstIt(String cause, String message) throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=" + cause)) {
      try (TracedProcess process = tracer.seize(victim.pid());
          RingSurvey survey = survey(process, RingSurvey.PUMP_LIMIT)) {
        assertThat(survey.refusals()).anyMatch(refusal -> refusal.contains(message));
      }
      victim.finishUnharmed();
    }
  }

  @Test
  void namesAllCausesAtOnce() throws Exception {
    try (Stranger victim = Stranger.start(directory, "rings", "flags=0", "state=idle")) {
      try (TracedProcess process = tracer.seize(victim.pid());
          RingSurvey survey = survey(process, 100)) {
        assertThat(survey.refusals())
            .singleElement()
            .asString()
            .contains("has carried out 1016 requests", "at most 800");
      }
      victim.finishUnharmed();
    }
  }

  @Test
  void whoIsRefusedAgainAndAgainNoticesNothing() throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=poll")) {
      for (int i = 0; i < REFUSED; i++) {
        assertThatThrownBy(() -> takeAway(victim, SHORT, InFlightPolicy.FAIL))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("1 requests (1 POLL_ADD)");
      }
      victim.finishUnharmed();
    }
  }

  @Test
  void requestsThatCompleteInTimeAreWaitedFor() throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=late")) {
      takeAwayAndPutBack(victim, LONG, InFlightPolicy.FAIL);
      victim.finishUnharmed();
    }
  }

  @Test
  void requestsAreCancelledWhenAskedFor() throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=cancelled")) {
      takeAwayAndPutBack(victim, SHORT, InFlightPolicy.CANCEL);
      victim.finishUnharmed();
    }
  }

  @Test
  void anAioRequestInFlightIsNotLost() throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=aio")) {
      assertThatThrownBy(() -> takeAway(victim, SHORT, InFlightPolicy.CANCEL))
          .hasMessageContaining("AIO context 0x")
          .hasMessageContaining("1 requests");
      victim.finishUnharmed();
    }
  }

  private void takeAwayAndPutBack(Stranger victim, Duration limit, InFlightPolicy policy)
      throws IOException {
    try (TracedProcess process = tracer.seize(victim.pid())) {
      IoUringImage image = takeAway(process, limit, policy);
      RingRestore.putBack(process, image);
    }
  }

  private void takeAway(Stranger victim, Duration limit, InFlightPolicy policy) throws IOException {
    try (TracedProcess process = tracer.seize(victim.pid())) {
      takeAway(process, limit, policy);
    }
  }

  private static IoUringImage takeAway(TracedProcess process, Duration limit, InFlightPolicy policy)
      throws IOException {
    try (RingSurvey survey = survey(process, RingSurvey.PUMP_LIMIT)) {
      assertThat(survey.refusals()).isEmpty();
      RingEmptying.empty(survey, process, limit, policy);
      return RingRemoval.takeAway(survey, process, false);
    }
  }

  private static RingSurvey survey(TracedProcess process, long pumpLimit) throws IOException {
    return RingSurvey.of(List.of(process.pid()), pumpLimit);
  }
}
