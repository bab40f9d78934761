package io.criulazy.client.session;

import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.client.fault.LazyTree;
import io.criulazy.client.fault.Trigger;
import io.criulazy.client.sys.PageSize;
import java.io.PrintStream;
import java.util.Locale;

/** One line on a terminal that tells how far a lazy restore is; rewritten in place. */
final class Progress implements AutoCloseable {
  private static final long INTERVAL_MS = 200;
  private static final double MIB = 1 << 20;
  private static final double MS_PER_SECOND = 1_000;

  private final LazyRestore restore;
  private final FaultStatistics statistics;
  private final PrintStream terminal;
  private final Thread thread = new Thread(this::run, "progress");

  private volatile boolean closed;
  private double rateBytes;
  private long lastPages;
  private int lineLength;

  Progress(LazyRestore restore, FaultStatistics statistics, PrintStream terminal) {
    this.restore = restore;
    this.statistics = statistics;
    this.terminal = terminal;
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    while (!closed) {
      show();
      try {
        Thread.sleep(INTERVAL_MS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void show() {
    switch (restore.state()) {
      case LISTENING -> write("waiting for criu restore --lazy-pages");
      case RESTORING, FILLING, ABORTED, COMPLETE, FAILED -> write(line());
      case CANCELLED -> write("cancelled");
    }
  }

  private String line() {
    LazyTree tree = restore.tree();
    long installed = statistics.pagesDelivered();
    double newBytes = (installed - lastPages) * (double) PageSize.BYTES;
    lastPages = installed;
    rateBytes = (rateBytes + newBytes * MS_PER_SECOND / INTERVAL_MS) / 2;
    double leftBytes = tree.duePages() * (double) PageSize.BYTES;
    double doneBytes = installed * (double) PageSize.BYTES;
    String left = rateBytes > 0 ? "%.0f s left".formatted(leftBytes / rateBytes) : "";
    return String.format(
        Locale.ROOT,
        "%3.0f%%  %.0f of %.0f MiB  %.0f MiB/s  %d faults  %s",
        100 * doneBytes / Math.max(doneBytes + leftBytes, 1),
        doneBytes / MIB,
        (doneBytes + leftBytes) / MIB,
        rateBytes / MIB,
        statistics.pagesInstalled(Trigger.FAULT),
        left);
  }

  private void write(String line) {
    terminal.print("\r" + line + " ".repeat(Math.max(0, lineLength - line.length())));
    terminal.flush();
    lineLength = line.length();
  }

  /** Shows how it ended, and leaves the line. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    show();
    terminal.println();
  }
}
