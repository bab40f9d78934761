package io.criulazy.client.session;

import io.criulazy.client.fault.AddressSpace;
import io.criulazy.client.fault.FaultLoop;
import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.client.fault.LazyProcess;
import io.criulazy.client.fault.LazyTree;
import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.fault.LostPages;
import io.criulazy.client.fault.ProcessRecord;
import io.criulazy.client.source.PageSource;
import io.criulazy.client.source.PageSpan;
import io.criulazy.client.source.Urgency;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.PageSize;
import io.criulazy.client.sys.PrivateMemory;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.Uffd;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Runs the very code of the fault path on memory of this process, so that it is compiled before the
 * first real fault; and finds out in passing whether this kernel delivers the right bytes.
 */
final class WarmUp {
  /** As many as it takes until the fault path's latencies no longer fall. */
  private static final int FAULTS = 3_000;

  private static final int FILLED_PAGES = 1_024;

  private WarmUp() {}

  /**
   * Takes {@value #FAULTS} faults of this process through a fault loop.
   *
   * @throws IOException if userfaultfd can't be used, or the bytes are wrong
   */
  static void run() throws IOException {
    long sizeBytes = (FAULTS + FILLED_PAGES) * PageSize.BYTES;
    try (PrivateMemory memory = new PrivateMemory(sizeBytes);
        FaultLoop loop = new FaultLoop();
        LazyTree tree = new LazyTree(loop)) {
      tree.add(processOver(memory));
      CompletableFuture<Void> reader =
          CompletableFuture.runAsync(() -> readAll(memory)).whenComplete((done, e) -> loop.wake());
      while (!reader.isDone()) {
        tree.runOnce();
      }
      tree.restored();
      while (!tree.isFinished()) {
        tree.runOnce();
      }
      reader.join();
    } catch (CompletionException e) {
      throw new IOException("userfaultfd does not work here: " + e.getCause().getMessage(), e);
    }
  }

  private static LazyProcess processOver(PrivateMemory memory) throws SysException {
    long start = memory.address();
    long end = start + memory.sizeBytes();
    AddressSpace space = new AddressSpace();
    space.addRange(start, end, false);
    space.markDue(start, end);
    Uffd uffd = Uffd.create(0);
    uffd.registerMissing(start, memory.sizeBytes());
    return new LazyProcess(
        "warm-up",
        uffd,
        space,
        new OnePage(),
        new FaultStatistics(),
        ProcessRecord.none(),
        new LostPages(LostPagePolicy.WAIT, Optional.empty()));
  }

  /** Reads every page but the last ones in an order that has no neighbours in it. */
  private static void readAll(PrivateMemory memory) {
    try {
      for (int i = 0; i < FAULTS; i++) {
        long page = (i * 1_009L) % FAULTS;
        long value = memory.readThroughKernel(page * PageSize.BYTES);
        if (value != OnePage.VALUE) {
          throw new IllegalStateException(
              "a page that was delivered reads 0x" + Long.toHexString(value));
        }
      }
    } catch (SysException e) {
      throw new CompletionException(e);
    }
  }

  /** Has the same page everywhere. */
  private static final class OnePage implements PageSource {
    static final long VALUE = 0x1122334455667788L;

    private static final int STRETCH_BYTES = 64 * 1024;
    private final NativeBuffer bytes = new NativeBuffer(STRETCH_BYTES);

    OnePage() {
      for (int at = 0; at < STRETCH_BYTES; at += Long.BYTES) {
        bytes.putLong(at, VALUE);
      }
    }

    @Override
    public void locate(long imageAddress, Urgency urgency, PageSpan span) {
      span.here(bytes.address(), STRETCH_BYTES);
    }

    @Override
    public void expect(long imageAddress) {
      // It is all there.
    }

    @Override
    public void verifyUnchanged() {
      // Memory of our own.
    }
  }
}
