package io.criulazy.client.sys;

/** The page: the unit of faults and of images (x86-64). */
public final class PageSize {
  public static final int SHIFT = 12;
  public static final long BYTES = 1L << SHIFT;

  private PageSize() {}

  /** The address of the page that an address lies in. */
  public static long floor(long address) {
    return address & -BYTES;
  }
}
