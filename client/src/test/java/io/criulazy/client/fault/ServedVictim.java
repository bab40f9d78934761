package io.criulazy.client.fault;

import io.criulazy.client.sys.PageSize;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A {@link UffdVictim} whose pages are delivered by the real fault loop and filler. */
final class ServedVictim implements AutoCloseable {
  static final long BASE = 0x2000_0000_0000L;

  final UffdVictim victim;
  final BarrierSource source;
  final LazyProcess process;
  final LazyTree tree;
  final FaultStatistics statistics = new FaultStatistics();

  private final int pages;
  private final FaultLoop loop;
  private final Thread thread;
  private volatile boolean restored;
  private volatile boolean stopped;
  private volatile Throwable failure;

  /** Maps {@code pages} lazy pages at {@link #BASE}, each due. */
  ServedVictim(Path directory, int pages) throws Exception {
    this(directory, pages, LostPagePolicy.POISON);
  }

  ServedVictim(Path directory, int pages, LostPagePolicy onLostPage) throws Exception {
    this.pages = pages;
    victim = new UffdVictim(directory);
    victim.call("map " + hex(BASE) + " " + hex(pages));
    source = new BarrierSource(BASE, pages);
    AddressSpace space = new AddressSpace();
    space.addRange(BASE, at(pages), false);
    space.markDue(BASE, at(pages));
    process =
        new LazyProcess(
            "victim",
            victim.uffd(),
            space,
            source,
            statistics,
            ProcessRecord.none(),
            new LostPages(onLostPage, Optional.of(victim.running())));
    loop = new FaultLoop();
    tree = new LazyTree(loop);
    tree.add(process);
    thread = new Thread(this::run, "fault loop");
    thread.start();
  }

  private void run() {
    try {
      while (!tree.isFinished() && !stopped) {
        tree.runOnce();
        if (restored) {
          tree.restored();
        }
      }
    } catch (Throwable e) {
      failure = e;
    }
  }

  /** The address of a page. */
  static long at(long page) {
    return BASE + page * PageSize.BYTES;
  }

  static String hex(long number) {
    return Long.toHexString(number);
  }

  /** What a page holds that nothing has happened to. */
  static long content(long page) {
    return BarrierSource.FIRST + page;
  }

  long read(long page) throws Exception {
    return victim.number("read " + hex(at(page)));
  }

  /**
   * How many of the pages from {@code address} on do not hold what page {@code first} and on held.
   */
  long wrong(long address, long count, long first) throws Exception {
    return victim.number("wrong " + hex(address) + " " + hex(count) + " " + hex(content(first)));
  }

  /** The victim gives its own userfaultfd up, as a restored process does, and the filler starts. */
  void restored() throws Exception {
    if (!restored) {
      victim.call("release");
      restored = true;
      loop.wake();
    }
  }

  /** Lets everything be delivered and waits for the end. */
  void finish() throws Exception {
    restored();
    thread.join(TimeUnit.SECONDS.toMillis(20));
    if (failure != null) {
      throw new AssertionError("the fault loop failed", failure);
    }
    if (thread.isAlive()) {
      throw new AssertionError("not finished after 20 s; due: " + tree.duePages());
    }
  }

  @Override
  public void close() throws IOException {
    stopped = true;
    source.release();
    victim.close();
    loop.wake();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    tree.close();
    loop.close();
  }
}
