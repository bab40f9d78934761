package io.criulazy.client.rings;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only few rings have comes back, too. */
@Needs({Requirement.KERNEL, Requirement.GCC})
class RingExtrasIT {
  private static final Duration LIMIT = Duration.ofSeconds(5);

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tags",
        "personality",
        "ringfd",
        "disabled",
        "threads",
        "epoll",
        "sparse",
        "workers"
      })
  void comesBack(String name) throws Exception {
    comesBack(name, pids -> RingSurvey.of(pids, RingSurvey.PUMP_LIMIT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tags", "threads", "epoll", "sparse", "workers"})
  void comesBackByProbesAlone(String name) throws Exception {
    comesBack(name, pids -> RingSurvey.withoutKernel(pids, RingSurvey.PUMP_LIMIT));
  }

  private interface Look {
    RingSurvey at(List<Integer> pids) throws IOException;
  }

  private void comesBack(String name, Look look) throws Exception {
    try (Tracer tracer = Tracer.start();
        Stranger victim = Stranger.start(directory, "ring-extras", "case=" + name)) {
      try (TracedProcess process = tracer.seize(victim.pid())) {
        takeAway(process, look).write(directory);
        assertThat(FoundProcess.of(victim.pid()).rings()).isEmpty();
        RingRestore.putBack(process, IoUringImage.read(directory, victim.pid()));
      }
      victim.finishUnharmed();
    }
  }

  private static IoUringImage takeAway(TracedProcess process, Look look) throws IOException {
    try (RingSurvey survey = look.at(List.of(process.pid()))) {
      assertThat(survey.refusals(List.of(process))).isEmpty();
      RingEmptying.empty(survey, process, LIMIT, InFlightPolicy.FAIL);
      return RingRemoval.takeAway(survey, process, false);
    }
  }
}
