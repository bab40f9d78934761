package io.criulazy.client.rings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CProgram;
import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.Stranger;
import io.criulazy.client.trace.ProcTasks;
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
    "nommap, was set up with NO_MMAP",
    "iopoll, was set up with IOPOLL",
    "legacy, has provided buffers",
    "restricted, has restrictions",
    "napi, has NAPI busy polling",
    "clock, has another clock than CLOCK_MONOTONIC",
    "waits, has a registered wait region",
    "personality, has personality 1 with other credentials than its owner's",
    "owner, belongs to a thread that has ended",
    "fdonly, uses an io_uring that has no descriptor there"
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
  void aPidNamespaceIsRefused() throws Exception {
    int outside =
        Stranger.launch(
            directory,
            List.of(
                "unshare",
                "--pid",
                "--fork",
                "--kill-child",
                CProgram.build("rings").toString(),
                directory.resolve("inside").toString(),
                "flags=0"));
    try {
      Budget.ofSeconds(20)
          .await("it has a ring", () -> ringOf(outside) != 0, () -> "process " + outside);
      int pid = ringOf(outside);
      try (RingSurvey survey = RingSurvey.of(List.of(pid), RingSurvey.PUMP_LIMIT)) {
        assertThat(survey.refusals())
            .singleElement()
            .asString()
            .contains("is in a pid namespace of its own, as process 1");
      }
    } finally {
      ProcessHandle.of(outside).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  /** The child that has a ring, or 0. */
  private static int ringOf(int parent) {
    try {
      for (int child : ProcTasks.children(parent, parent)) {
        if (ProcDescriptor.ringsAndEpolls(child).stream().anyMatch(ProcDescriptor::isRing)) {
          return child;
        }
      }
      return 0;
    } catch (IOException e) {
      return 0; // it is just being made
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
            .contains("has carried out 1016 requests", "at most 100 are made up for");
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
