package io.criulazy.proto.wire;

/**
 * The runs of a {@link Pages} header, checked when they are taken: in order, within the part's
 * pages, and of exactly as many bytes as there are.
 */
public final class PageRuns {
  /** Bytes in a page. */
  public static final int PAGE_BYTES = 4096;

  /** The most pages that one frame may speak of: 64 MiB of zeros. */
  public static final int MAX_PAGES = 1 << 14;

  /** Pages whose bytes are in the payload. */
  public static final int DATA = 0;

  /** Pages that are all zeros. */
  public static final int ZERO = 1;

  private static final int INTS_A_RUN = 3;

  private PageRuns() {}

  /** Takes the runs, in order. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * @param firstPage counted from the part's address
     * @param pages at least 1
     * @param payloadAt where the run's bytes begin in the payload, or -1: zeros
     */
    void run(int firstPage, int pages, int payloadAt);
  }

  /**
   * Checks all of a header, then hands over its runs.
   *
   * @param payloadBytes how many bytes the payload has, decompressed
   * @throws WireException if anything does not fit; nothing was handed over then
   */
  public static void visit(Pages header, int payloadBytes, Visitor visitor) throws WireException {
    walk(header, payloadBytes, (firstPage, pages, payloadAt) -> {});
    walk(header, payloadBytes, visitor);
  }

  private static void walk(Pages header, int payloadBytes, Visitor visitor) throws WireException {
    int ints = header.getRunsCount();
    int limit = header.getPages();
    if (limit <= 0 || limit > MAX_PAGES || ints % INTS_A_RUN != 0 || ints / INTS_A_RUN > limit) {
      throw malformed(header, "it has " + ints + " numbers of runs");
    }
    long page = 0;
    long payloadAt = 0;
    for (int i = 0; i < ints; i += INTS_A_RUN) {
      page += Integer.toUnsignedLong(header.getRuns(i));
      long pages = Integer.toUnsignedLong(header.getRuns(i + 1));
      int kind = header.getRuns(i + 2);
      if (pages == 0 || page + pages > limit || kind != DATA && kind != ZERO) {
        throw malformed(header, "run " + i / INTS_A_RUN + " is not within it");
      }
      boolean data = kind == DATA;
      if (data && payloadAt + pages * PAGE_BYTES > payloadBytes) {
        throw malformed(header, "the payload has only " + payloadBytes + " bytes");
      }
      visitor.run((int) page, (int) pages, data ? (int) payloadAt : -1);
      page += pages;
      payloadAt += data ? pages * PAGE_BYTES : 0;
    }
    if (payloadAt != payloadBytes) {
      throw malformed(header, "the payload has " + payloadBytes + " bytes");
    }
  }

  private static WireException malformed(Pages header, String why) {
    return new WireException(
        FailureCode.MALFORMED,
        "an answer of %d pages at 0x%x that makes no sense: %s"
            .formatted(Integer.toUnsignedLong(header.getPages()), header.getAddress(), why));
  }
}
