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
import java.nio.file.Files;
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

  /** How it is found out. */
  private enum Look {
    BPF,
    PROBES;

    RingSurvey at(TracedProcess process) throws IOException {
      List<Integer> pids = List.of(process.pid());
      return this == BPF
          ? RingSurvey.of(pids, RingSurvey.PUMP_LIMIT)
          : RingSurvey.withoutKernel(pids, RingSurvey.PUMP_LIMIT);
    }
  }

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
    isRefused(Look.BPF, cause, message);
  }

  /** A FUSE server that waits for requests: commands to drivers can't be waited for. */
  @Test
  void aCommandToADriverInFlightIsRefused() throws Exception {
    isRefused(Look.BPF, "command", "has uring_cmd requests in flight");
    Path another = Files.createDirectory(directory.resolve("probes"));
    try (Stranger victim = Stranger.start(another, "ring-refusals", "case=command")) {
      assertThatThrownBy(() -> takeAway(Look.PROBES, victim, SHORT, InFlightPolicy.CANCEL))
          .hasMessageContaining("/dev/fuse, to which commands (uring_cmd) may be in flight");
      victim.finishUnharmed();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "shared, is shared: process",
    "provided, has provided buffers (group 0)",
    "legacy, has provided buffers (group 3)",
    "attach, ATTACH_WQ",
    "nommap, was set up with NO_MMAP",
    "iopoll, was set up with IOPOLL",
    "restricted, has restrictions",
    "napi, has NAPI busy polling",
    "waits, has a registered wait region",
    "owner, belongs to a thread that has ended",
    "fdonly, has registered an io_uring as a descriptor of io_uring's own",
    "aio, requests of AIO contexts"
  })
  void probesSayWhatIsAgainstIt(String cause, String message) throws Exception {
    isRefused(Look.PROBES, cause, message);
  }

  private void isRefused(Look look, String cause, String message) throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=" + cause)) {
      try (TracedProcess process = tracer.seize(victim.pid());
          RingSurvey survey = look.at(process)) {
        assertThat(survey.refusals(List.of(process))).anyMatch(r -> r.contains(message));
      }
      victim.finishUnharmed();
    }
  }

  /** Found out by requests of ours only: the ring is made anew. */
  @ParameterizedTest
  @CsvSource({
    "personality, 'has, or has had, personalities'",
    "closed, registered file in slot 0 that the process has closed"
  })
  void probesFindOutLate(String cause, String message) throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=" + cause)) {
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> takeAway(Look.PROBES, victim, SHORT, InFlightPolicy.FAIL))
            .hasMessageContaining(message);
      }
      victim.finishUnharmed();
    }
  }

  /** Refused again and again, and then cancelled. */
  @ParameterizedTest
  @CsvSource({
    "BPF, timeout, 1 requests",
    "BPF, worker, 1 requests",
    "BPF, accept, 1 ACCEPT",
    "BPF, linked, 1 POLL_ADD",
    "PROBES, timeout, 1 requests",
    "PROBES, worker, is at work",
    "PROBES, accept, 1 ACCEPT",
    "PROBES, linked, 1 POLL_ADD",
    "PROBES, cancelled, 1 POLL_ADD"
  })
  void whatStaysInFlightIsNamedOrCancelled(Look look, String kind, String message)
      throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=" + kind)) {
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> takeAway(look, victim, SHORT, InFlightPolicy.FAIL))
            .hasMessageContaining(message);
      }
      takeAwayAndPutBack(look, victim, Duration.ofMillis(200), InFlightPolicy.CANCEL);
      victim.finishUnharmed();
    }
  }

  @Test
  void probesDoNotTakeOneThatIsLateForOneThatIsThere() throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=late")) {
      takeAwayAndPutBack(Look.PROBES, victim, LONG, InFlightPolicy.FAIL);
      victim.finishUnharmed();
    }
  }

  /** What no file shows is found by the request that waits for all others, and the ring kept. */
  @Test
  void probesEndWhatNothingShowsAndSaySo() throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=hidden")) {
      assertThatThrownBy(() -> takeAway(Look.PROBES, victim, SHORT, InFlightPolicy.FAIL))
          .hasMessageContaining("they were cancelled");
      victim.finishUnharmed();
    }
  }

  /** Nothing is proved then. */
  @Test
  void probesRefuseRequestsThatHaveSkippedTheirCompletions() throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=skipped")) {
      for (InFlightPolicy policy : InFlightPolicy.values()) {
        assertThatThrownBy(() -> takeAway(Look.PROBES, victim, SHORT, policy))
            .hasMessageContaining("1 requests");
      }
      takeAwayAndPutBack(Look.BPF, victim, SHORT, InFlightPolicy.FAIL);
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
        assertThatThrownBy(() -> takeAway(Look.BPF, victim, SHORT, InFlightPolicy.FAIL))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("1 requests (1 POLL_ADD)");
      }
      victim.finishUnharmed();
    }
  }

  @Test
  void requestsThatCompleteInTimeAreWaitedFor() throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=late")) {
      takeAwayAndPutBack(Look.BPF, victim, LONG, InFlightPolicy.FAIL);
      victim.finishUnharmed();
    }
  }

  @Test
  void requestsAreCancelledWhenAskedFor() throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=cancelled")) {
      takeAwayAndPutBack(Look.BPF, victim, SHORT, InFlightPolicy.CANCEL);
      victim.finishUnharmed();
    }
  }

  @Test
  void anAioRequestInFlightIsNotLost() throws Exception {
    try (Stranger victim = Stranger.start(directory, "ring-refusals", "case=aio")) {
      assertThatThrownBy(() -> takeAway(Look.BPF, victim, SHORT, InFlightPolicy.CANCEL))
          .hasMessageContaining("AIO context 0x")
          .hasMessageContaining("1 requests");
      victim.finishUnharmed();
    }
  }

  private void takeAwayAndPutBack(Look look, Stranger victim, Duration limit, InFlightPolicy policy)
      throws IOException {
    try (TracedProcess process = tracer.seize(victim.pid())) {
      IoUringImage image = takeAway(look, process, limit, policy);
      RingRestore.putBack(process, image);
    }
  }

  private void takeAway(Look look, Stranger victim, Duration limit, InFlightPolicy policy)
      throws IOException {
    try (TracedProcess process = tracer.seize(victim.pid())) {
      takeAway(look, process, limit, policy);
    }
  }

  private static IoUringImage takeAway(
      Look look, TracedProcess process, Duration limit, InFlightPolicy policy) throws IOException {
    try (RingSurvey survey = look.at(process)) {
      assertThat(survey.refusals(List.of(process))).isEmpty();
      RingEmptying.empty(survey, process, limit, policy);
      return RingRemoval.takeAway(survey, process, false);
    }
  }

  private static RingSurvey survey(TracedProcess process, long pumpLimit) throws IOException {
    return RingSurvey.of(List.of(process.pid()), pumpLimit);
  }
}
