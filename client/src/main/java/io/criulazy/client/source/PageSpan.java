package io.criulazy.client.source;

/**
 * The answer of a {@link PageSource}: a stretch of memory of this process that holds image pages,
 * or nothing. Reused for each question; owned by the thread that asks.
 */
public final class PageSpan {
  private long address;
  private long bytes;
  private boolean coming;

  /** Pages are at {@code address}, and {@code bytes} of them, a multiple of the page size. */
  public void here(long address, long bytes) {
    this.address = address;
    this.bytes = bytes;
    this.coming = false;
  }

  /** The source has asked for the page and tells when it is here. */
  public void coming() {
    nowhere();
    this.coming = true;
  }

  /** The source has no such page. */
  public void nowhere() {
    this.address = 0;
    this.bytes = 0;
    this.coming = false;
  }

  /** Whether the page is there. */
  public boolean isHere() {
    return bytes > 0;
  }

  /** Whether the page is not there now, and will be. */
  public boolean isComing() {
    return coming;
  }

  /** Where its first byte is. */
  public long address() {
    return address;
  }

  /** How many bytes from there on are the image's next pages. */
  public long bytes() {
    return bytes;
  }
}
