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
    try (Tracer tracer = Tracer.start();
        Stranger victim = Stranger.start(directory, "ring-extras", "case=" + name)) {
      try (TracedProcess process = tracer.seize(victim.pid())) {
        takeAway(process).write(directory);
        assertThat(FoundProcess.of(victim.pid()).rings()).isEmpty();
        RingRestore.putBack(process, IoUringImage.read(directory, victim.pid()));
      }
      victim.finishUnharmed();
    }
  }

  private static IoUringImage takeAway(TracedProcess process) throws IOException {
    try (RingSurvey survey = RingSurvey.of(List.of(process.pid()), RingSurvey.PUMP_LIMIT)) {
      assertThat(survey.refusals()).isEmpty();
      RingEmptying.empty(survey, process, LIMIT, InFlightPolicy.FAIL);
      return RingRemoval.takeAway(survey, process, false);
    }
  }
}
