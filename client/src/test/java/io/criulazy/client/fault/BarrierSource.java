package io.criulazy.client.fault;

import io.criulazy.client.source.PageSource;
import io.criulazy.client.source.PageSpan;
import io.criulazy.client.source.Urgency;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.SysException;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Pages whose every word is their own image page number plus {@link #FIRST}, and that can hold back
 * an answer: a planned copy then stands between its planning and its being carried out.
 */
final class BarrierSource implements PageSource {
  static final long FIRST = 0x1000;

  private final long imageStart;
  private final int pages;
  private final NativeBuffer bytes;

  private volatile String failure;
  private volatile long heldAddress = -1;
  private volatile long hangingAddress = -1;
  private volatile HangingPage hanging;
  private final Semaphore reached = new Semaphore(0);
  private final Semaphore released = new Semaphore(0);

  BarrierSource(long imageStart, int pages) {
    this.imageStart = imageStart;
    this.pages = pages;
    bytes = new NativeBuffer(Math.toIntExact(pages * PageSize.BYTES));
    for (int page = 0; page < pages; page++) {
      for (int at = 0; at < PageSize.BYTES; at += Long.BYTES) {
        bytes.putLong((int) (page * PageSize.BYTES) + at, FIRST + page);
      }
    }
  }

  /** The next look-up of this image address stops until {@link #release}. */
  void hold(long imageAddress) {
    heldAddress = imageAddress;
  }

  /** Waits until a look-up has stopped. */
  void awaitHeld() throws InterruptedException {
    if (!reached.tryAcquire(10, TimeUnit.SECONDS)) {
      throw new AssertionError("nobody looked the held page up within 10 s");
    }
  }

  /** The next copy of this one page stops in the kernel until the returned page is released. */
  HangingPage hang(long imageAddress) throws SysException {
    NativeBuffer content = new NativeBuffer(Math.toIntExact(PageSize.BYTES));
    for (int at = 0; at < PageSize.BYTES; at += Long.BYTES) {
      content.putLong(at, FIRST + ((imageAddress - imageStart) >> PageSize.SHIFT));
    }
    hanging = new HangingPage(content);
    hangingAddress = imageAddress;
    return hanging;
  }

  void release() {
    released.release();
  }

  @Override
  public void locate(long imageAddress, Urgency urgency, PageSpan span) {
    if (imageAddress == heldAddress) {
      heldAddress = -1;
      reached.release();
      try {
        if (!released.tryAcquire(10, TimeUnit.SECONDS)) {
          throw new AssertionError("the held page was not released within 10 s");
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    if (imageAddress == hangingAddress) {
      hangingAddress = -1;
      span.here(hanging.address(), PageSize.BYTES);
      return;
    }
    long offset = imageAddress - imageStart;
    span.here(bytes.address() + offset, pages * PageSize.BYTES - offset);
  }

  @Override
  public void expect(long imageAddress) {
    // It is all there.
  }

  /** From now on the bytes can't be had, or can be again if there is no reason. */
  void fail(String reason) {
    failure = reason;
  }

  @Override
  public void verifyUnchanged() throws IOException {
    if (failure != null) {
      throw new IOException(failure);
    }
  }
}
