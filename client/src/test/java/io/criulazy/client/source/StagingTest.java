package io.criulazy.client.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StagingTest {
  private static final int SLOTS = 256;

  /** Else all would wait: what faults leave here goes only when the filler comes by. */
  @Test
  void theFillerFindsRoomWhenFaultsAndReadAheadHaveTakenAllTheyMay() {
    Staging staging = new Staging((long) SLOTS << Staging.SLOT_SHIFT);
    assertThat(taken(staging, Staging.RESERVED_SLOTS)).isEqualTo(SLOTS - Staging.RESERVED_SLOTS);
    assertThat(taken(staging, Staging.FILLER_SLOTS))
        .isEqualTo(Staging.RESERVED_SLOTS - Staging.FILLER_SLOTS);
    int last = staging.take(0);
    assertThat(last).isNotNegative();
    assertThat(taken(staging, 0)).isEqualTo(Staging.FILLER_SLOTS - 1);
    staging.give(last);
    assertThat(staging.take(Staging.FILLER_SLOTS)).isNegative();
    assertThat(staging.take(0)).isEqualTo(last);
  }

  private static int taken(Staging staging, int kept) {
    int count = 0;
    while (staging.take(kept) >= 0) {
      count++;
    }
    return count;
  }
}
