package io.criulazy.client.restore;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PersonalityTest {
  /** Decimal numbers are what criu makes of the digits; hexadecimal ones are what was meant. */
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "8, 8",
    "40000, 0x40000",
    "1040000, 0x1040000",
    "7260000, 0x7260000",
    "0x40000, 0x40000",
    "0x1040000, 0x1040000",
    "0x7ee0000, 0x7ee0000",
    "-10000, -10000"
  })
  void isWhatItWasWhoeverHasWrittenIt(String saved, String meant) {
    assertThat(ProcessState.personality(Integer.decode(saved))).isEqualTo(Integer.decode(meant));
  }
}
