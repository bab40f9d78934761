package io.criulazy.proto.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs are handed over as they were meant, or not at all. */
class PageRunsTest {
  @Test
  void dataZerosAndGaps() throws WireException {
    Pages header =
        pages(16).addAllRuns(List.of(1, 2, PageRuns.DATA, 0, 3, PageRuns.ZERO, 4, 1, 0)).build();
    List<List<Integer>> runs = new ArrayList<>();
    PageRuns.visit(header, 3 * 4096, (first, count, at) -> runs.add(List.of(first, count, at)));
    assertThat(runs).containsExactly(List.of(1, 2, 0), List.of(3, 3, -1), List.of(10, 1, 2 * 4096));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0 17 0", "16 1 1", "0 0 0", "0 1 2", "0 1", "-1 1 0", "0 -1 1", "0 1 0 -1 1 1"})
  void whatDoesNotFitIsRefusedAndNothingHandedOver(String runs) {
    Pages.Builder header = pages(16);
    for (String number : runs.split(" ")) {
      header.addRuns(Integer.parseInt(number));
    }
    assertRefused(header.build(), 4096);
  }

  @Test
  void thePayloadIsNeitherShorterNorLonger() {
    Pages header = pages(4).addAllRuns(List.of(0, 2, PageRuns.DATA)).build();
    for (int bytes : new int[] {0, 4096, 8191, 8193, 12288}) {
      assertRefused(header, bytes);
    }
  }

  @Test
  void aPartOfNoOrTooManyPagesIsRefused() {
    assertRefused(pages(0).build(), 0);
    assertRefused(pages(PageRuns.MAX_PAGES + 1).build(), 0);
    assertRefused(pages(-1).build(), 0);
  }

  private static Pages.Builder pages(int count) {
    return Pages.newBuilder().setPages(count);
  }

  private static void assertRefused(Pages header, int payloadBytes) {
    assertThatThrownBy(
            () ->
                PageRuns.visit(
                    header,
                    payloadBytes,
                    (first, count, at) -> {
                      throw new AssertionError("handed over");
                    }))
        .isInstanceOf(WireException.class);
  }
}
