package io.criulazy.client.source;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Asks for what is due in the background, so that a fixed amount of it is on its way at any time: a
 * thread that goes round the sources. Looks after the connections as well, a few times a second.
 */
final class ReadAhead implements AutoCloseable {
  private static final long CHECK_INTERVAL_NS = 250_000_000;

  private final List<StagedSource> sources = new CopyOnWriteArrayList<>();
  private final LongSupplier roomBytes;
  private final Consumer<PageAsk> ask;
  private final LongConsumer check;
  private final Thread thread = new Thread(this::run, "read-ahead");
  private volatile boolean started;
  private volatile boolean parked;
  private volatile boolean closed;

  /**
   * @param roomBytes how much more may be asked for now
   * @param ask asks
   * @param check called every now and then with {@link System#nanoTime}
   */
  ReadAhead(LongSupplier roomBytes, Consumer<PageAsk> ask, LongConsumer check) {
    this.roomBytes = roomBytes;
    this.ask = ask;
    this.check = check;
    thread.setDaemon(true);
    thread.start();
  }

  /** Asks for this one too, from the first {@link #start} on. */
  void add(StagedSource source) {
    sources.add(source);
  }

  /** There is something to ask for, or room for it. Any thread; cheap. */
  void start() {
    started = true;
    if (parked) {
      LockSupport.unpark(thread);
    }
  }

  /** Something has come: asks for more. On a thread that may take its time, without any lock. */
  void progress() {
    if (started) {
      while (askMore()) {}
    }
  }

  private void run() {
    while (!closed) {
      if (!started || !askMore()) {
        parked = true;
        if (!started || !askMore()) {
          LockSupport.parkNanos(this, CHECK_INTERVAL_NS);
        }
        parked = false;
        check.accept(System.nanoTime());
      }
    }
  }

  /** Asks for one range of each source; returns whether there was any, and room. */
  private boolean askMore() {
    boolean asked = false;
    for (StagedSource source : sources) {
      if (roomBytes.getAsLong() <= 0) {
        return false;
      }
      PageAsk next = source.nextAsk();
      if (next != null) {
        ask.accept(next);
        asked = true;
      }
    }
    return asked;
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
