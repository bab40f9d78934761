package io.criulazy.client.sys;

import static org.assertj.core.api.Assertions.assertThat;

import io.criulazy.client.testing.Needs;
import io.criulazy.client.testing.Requirement;
import org.junit.jupiter.api.Test;

@Needs(Requirement.KERNEL)
class RunningProcessIT {
  /** As if its pid had been another's when it was written down. */
  @Test
  void anotherProcessOfTheSamePidIsNeitherTakenForItNorKilled() throws Exception {
    Process sleeper = new ProcessBuilder("sleep", "60").start();
    try {
      RunningProcess right = RunningProcess.of((int) sleeper.pid());
      RunningProcess earlier = new RunningProcess(right.pid(), right.startTime() - 1);
      assertThat(right.isAlive()).isTrue();
      assertThat(earlier.isAlive()).isFalse();
      assertThat(earlier.kill()).isFalse();
      assertThat(sleeper.isAlive()).isTrue();
      assertThat(right.kill()).isTrue();
      assertThat(sleeper.waitFor()).isEqualTo(128 + 9);
      assertThat(right.isAlive()).isFalse();
    } finally {
      sleeper.destroyForcibly();
    }
  }
}
