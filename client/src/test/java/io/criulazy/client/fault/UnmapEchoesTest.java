package io.criulazy.client.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnmapEchoesTest {
  private final UnmapEchoes echoes = new UnmapEchoes();

  @Test
  void eachMoveIsRepeatedOnce() {
    echoes.expect(0x1000, 0x3000);
    assertThat(echoes.take(0x1000, 0x3000)).isTrue();
    assertThat(echoes.take(0x1000, 0x3000)).isFalse();
  }

  @Test
  void aPartIsNoRepetition() {
    echoes.expect(0x1000, 0x3000);
    assertThat(echoes.take(0x1000, 0x2000)).isFalse();
    assertThat(echoes.take(0x2000, 0x3000)).isFalse();
  }

  @Test
  void twoMovesFromOnePlaceWaitForOneRepetition() {
    echoes.expect(0x1000, 0x3000);
    echoes.expect(0x1000, 0x3000);
    assertThat(echoes.take(0x1000, 0x3000)).isTrue();
    assertThat(echoes.take(0x1000, 0x3000)).isFalse();
  }

  @Test
  void oldOnesGiveWay() {
    echoes.expect(0x1000, 0x3000);
    for (long i = 1; i <= 256; i++) {
      echoes.expect(i << 20, (i << 20) + 0x1000);
    }
    assertThat(echoes.take(0x1000, 0x3000)).isFalse();
    assertThat(echoes.take(1 << 20, (1 << 20) + 0x1000)).isTrue();
  }
}
