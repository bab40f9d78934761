package io.criulazy.client.source;

import io.criulazy.proto.wire.FailureCode;
import io.criulazy.proto.wire.PageRuns;
import io.criulazy.proto.wire.Pages;
import io.criulazy.proto.wire.WireException;

/**
 * A Read that is not answered to its end. The parts of its answer have to follow on each other from
 * its first page to its last: nothing is left out, comes twice or comes for another.
 */
final class OpenRead {
  private final PageAsk ask;
  private long nextAddress;

  OpenRead(PageAsk ask) {
    this.ask = ask;
    this.nextAddress = ask.address();
  }

  PageAsk ask() {
    return ask;
  }

  /**
   * Takes the next part.
   *
   * @throws WireException if it is not the one that is due
   */
  void take(Pages part) throws WireException {
    long pages = Integer.toUnsignedLong(part.getPages());
    long end = nextAddress + pages * PageRuns.PAGE_BYTES;
    if (part.getTask() != ask.task()
        || part.getAddress() != nextAddress
        || pages > PageRuns.MAX_PAGES
        || end > ask.endAddress()
        || part.getLast() != (end == ask.endAddress())) {
      throw new WireException(
          FailureCode.MALFORMED,
          "an answer of %d pages at %x, task %d, where %x to %x of task %d are due"
              .formatted(
                  pages,
                  part.getAddress(),
                  part.getTask(),
                  nextAddress,
                  ask.endAddress(),
                  ask.task()));
    }
    nextAddress = end;
  }
}
