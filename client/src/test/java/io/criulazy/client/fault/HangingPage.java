package io.criulazy.client.fault;

import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.PrivateMemory;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.Uffd;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * A page of this process whose bytes come late: who reads it, the kernel in the middle of a copy as
 * well, stands still until they are there. Its own userfaultfd does that.
 */
final class HangingPage implements AutoCloseable {
  private final PrivateMemory memory = new PrivateMemory(PageSize.BYTES);
  private final NativeBuffer bytes;
  private final Uffd uffd;
  private final FaultLoop loop = new FaultLoop();
  private boolean reached;

  /**
   * @param bytes what the page will hold
   */
  HangingPage(NativeBuffer bytes) throws SysException {
    this.bytes = bytes;
    uffd = Uffd.create(0);
    uffd.registerMissing(memory.address(), PageSize.BYTES);
    loop.watch(new Reader());
  }

  long address() {
    return memory.address();
  }

  /** Waits until somebody stands at the page. */
  void awaitReached() throws IOException {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!reached) {
      if (System.nanoTime() > endNs) {
        throw new AssertionError("nobody read the hanging page within 10 s");
      }
      loop.runOnce(100);
    }
  }

  /** Gives it its bytes; who stands there goes on. */
  void release() {
    uffd.copy(memory.address(), bytes.address(), PageSize.BYTES);
  }

  @Override
  public void close() {
    uffd.close();
    loop.close();
    memory.close();
  }

  /** The fault stays unread; that it is there is enough. */
  private final class Reader implements Watched {
    @Override
    public int fd() {
      return uffd.fd();
    }

    @Override
    public void ready() {
      reached = true;
    }
  }
}
