package io.criulazy.client.rings;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import io.criulazy.client.testing.Stranger;
import io.criulazy.client.trace.TracedProcess;
import io.criulazy.client.trace.Tracer;
import io.criulazy.proto.image.IoUringImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rings are taken away from a living process and put back, and it does not notice. */
@Needs({Requirement.KERNEL, Requirement.GCC})
class RingMatrixIT {
  static final boolean ALL = Boolean.getBoolean("criu-lazy.it.all-rings");
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private static final List<Integer> FLAGS =
      List.of(
          0,
          Uring.SETUP_SQPOLL,
          Uring.SETUP_SINGLE_ISSUER,
          Uring.SETUP_SINGLE_ISSUER | Uring.SETUP_DEFER_TASKRUN,
          Uring.SETUP_COOP_TASKRUN | Uring.SETUP_TASKRUN_FLAG,
          Uring.SETUP_SQE128 | Uring.SETUP_CQE32,
          Uring.SETUP_NO_SQARRAY,
          Uring.SETUP_SUBMIT_ALL,
          Uring.SETUP_CQSIZE);

  private static final List<String> STATES = List.of("idle", "unreaped", "overflow", "chain");

  @TempDir Path directory;

  private Tracer tracer;

  static List<Arguments> allCells() {
    List<Arguments> cells = new ArrayList<>();
    for (int flags : FLAGS) {
      for (String state : STATES) {
        for (int registered = 0; registered < 2; registered++) {
          cells.add(Arguments.of(RingFlags.describe(flags), flags, state, registered));
        }
      }
    }
    return cells;
  }

  /**
   * All 72 cells, or a selection in which each flag meets states and registrations of all kinds.
   */
  static Stream<Arguments> cells() {
    List<Arguments> all = allCells();
    return IntStream.range(0, all.size())
        .filter(i -> ALL || (i / 8 + i / 2 % 4 + 2 * (i % 2)) % 4 == 0)
        .mapToObj(all::get);
  }

  @BeforeEach
  void startTracer() {
    tracer = Tracer.start();
  }

  @AfterEach
  void endTracer() throws Exception {
    tracer.close();
  }

  @ParameterizedTest(name = "{0} {2} registered={3}")
  @MethodSource("cells")
  void comesBackAsItWas(String name, int flags, String state, int registered) throws Exception {
    takeAwayAndPutBack(
        flags, state, registered, pids -> RingSurvey.of(pids, RingSurvey.PUMP_LIMIT));
  }

  /** For every day: each kind of flags once, each time with another state. */
  static Stream<Arguments> probedCells() {
    List<Arguments> all = allCells();
    return IntStream.range(0, all.size())
        .filter(i -> ALL || i % 8 == (3 * (i / 8) + 4) % 8)
        .mapToObj(all::get);
  }

  @ParameterizedTest(name = "{0} {2} registered={3}")
  @MethodSource("probedCells")
  void comesBackAsItWasByProbesAlone(String name, int flags, String state, int registered)
      throws Exception {
    if ((flags & Uring.SETUP_CQE32) != 0 && state.equals("overflow")) {
      return; // refused: RingRefusalsIT
    }
    takeAwayAndPutBack(
        flags, state, registered, pids -> RingSurvey.withoutKernel(pids, RingSurvey.PUMP_LIMIT));
  }

  private interface Look {
    RingSurvey at(List<Integer> pids) throws java.io.IOException;
  }

  private void takeAwayAndPutBack(int flags, String state, int registered, Look look)
      throws Exception {
    try (Stranger victim =
        Stranger.start(
            directory,
            "rings",
            "flags=" + flags,
            "state=" + state,
            "registered=" + registered,
            "warm=" + ((flags & Uring.SETUP_SQPOLL) == 0 ? 40_000 : 1_000))) {
      List<String> maps = ringMappings(victim.pid());
      assertThat(maps).hasSize(2);
      try (TracedProcess process = tracer.seize(victim.pid())) {
        IoUringImage image = tracer.run(() -> takeAway(process, look));
        assertThat(ringMappings(victim.pid())).isEmpty();
        assertThat(FoundProcess.of(victim.pid()).rings()).isEmpty();
        assertThat(FoundProcess.kernelThreads(victim.pid())).isZero();
        assertThat(image.rings().get(0).setupFlags() & ~Uring.SETUP_CQSIZE)
            .isEqualTo(flags & ~Uring.SETUP_CQSIZE);
        assertThat(image.rings().get(0).eventfd().isPresent()).isEqualTo(registered != 0);
        image.write(directory);
        IoUringImage read = IoUringImage.read(directory, victim.pid());
        tracer.run(
            () -> {
              RingRestore.putBack(process, read);
              return null;
            });
        assertThat(ringMappings(victim.pid())).isEqualTo(maps);
      }
      victim.finishUnharmed();
    }
  }

  private static IoUringImage takeAway(TracedProcess process, Look look)
      throws java.io.IOException {
    try (RingSurvey survey = look.at(List.of(process.pid()))) {
      assertThat(survey.refusals(List.of(process))).isEmpty();
      RingEmptying.empty(survey, process, LIMIT, InFlightPolicy.FAIL);
      return RingRemoval.takeAway(survey, process, false);
    }
  }

  /** Start, end, permissions and offset of each. */
  private static List<String> ringMappings(int pid) throws java.io.IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/maps")).stream()
        .filter(line -> line.endsWith(ProcDescriptor.RING_LINK))
        .map(line -> line.substring(0, line.indexOf(' ', line.indexOf(' ') + 6)))
        .toList();
  }
}
