package io.criulazy.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SupervisorTest {
  @Test
  void theFirstDeathCostsNoTimeAndManyInARowDoMoreAndMore() {
    assertThat(Supervisor.pauseMs(0)).isZero();
    assertThat(Supervisor.pauseMs(1)).isZero();
    assertThat(Supervisor.pauseMs(2)).isEqualTo(100);
    assertThat(Supervisor.pauseMs(3)).isEqualTo(200);
    assertThat(Supervisor.pauseMs(9)).isEqualTo(10_000);
    assertThat(Supervisor.pauseMs(Integer.MAX_VALUE)).isEqualTo(10_000);
  }
}
