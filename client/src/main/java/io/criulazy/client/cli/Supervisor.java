package io.criulazy.client.cli;

import io.criulazy.client.sys.Signals;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a daemon run until somebody asks for its end: starts it again by itself when it has died.
 * What it was serving waits meanwhile, held by its keeper, and the next one goes on with it.
 *
 * <p>Signals that ask for the end are handed on, each of them: the second has its meaning, too. The
 * daemon is in a session of its own, so that a terminal's signals come once.
 */
final class Supervisor {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
  private static final long NS_PER_MS = 1_000_000;

  /** Who lives longer than this has not died of its start. */
  private static final long QUICK_NS = 10_000 * NS_PER_MS;

  private static final long FIRST_PAUSE_MS = 100;
  private static final long LONGEST_PAUSE_MS = 10_000;
  private static final int SIGNALLED = 128;

  private final List<String> command;
  private final Readiness readiness;
  private volatile Process daemon;
  private volatile boolean ending;
  private boolean wasReady;
  private int quickDeaths;

  /**
   * @param command the daemon's: program, options and all
   * @param readiness told when the daemon is ready for the first time
   */
  Supervisor(List<String> command, Readiness readiness) {
    this.command = command;
    this.readiness = readiness;
  }

  /**
   * Supervises until the daemon has ended in order, or its first start has failed.
   *
   * @return the daemon's last exit code
   */
  int run() throws IOException, InterruptedException {
    Signals.onEnd(this::end);
    long diedNs = System.nanoTime();
    while (true) {
      long startedNs = System.nanoTime();
      start(diedNs);
      int code = daemon.waitFor();
      diedNs = System.nanoTime();
      if (isEnd(code)) {
        return code;
      }
      quickDeaths = diedNs - startedNs < QUICK_NS ? quickDeaths + 1 : 0;
      long pauseMs = pauseMs(quickDeaths);
      LOG.error(
          "the daemon (pid {}) {}; its processes wait, held by its keeper. Starting it again {}",
          daemon.pid(),
          howEnded(code),
          pauseMs == 0 ? "now" : "in " + pauseMs + " ms");
      TimeUnit.MILLISECONDS.sleep(pauseMs);
    }
  }

  private void start(long diedNs) throws IOException {
    daemon = Detached.launch(command);
    if (ending) {
      daemon.destroy();
    }
    if (!Detached.awaitReady(daemon)) {
      return;
    }
    if (wasReady) {
      LOG.warn(
          "the daemon serves again, {} ms after the death of the one before (pid {})",
          (System.nanoTime() - diedNs) / NS_PER_MS,
          daemon.pid());
    } else {
      wasReady = true;
      readiness.announce();
      LOG.info("supervising the daemon (pid {})", daemon.pid());
    }
  }

  /** A daemon that was told to end has ended; one that could never start never will. */
  private boolean isEnd(int code) {
    boolean inOrder = code == 0 || Signals.asksForEnd(code - SIGNALLED);
    return inOrder || ending || !wasReady;
  }

  /** The first death costs no time; who dies again and again must not take the machine with it. */
  static long pauseMs(int quickDeaths) {
    if (quickDeaths <= 1) {
      return 0;
    }
    return Math.min(FIRST_PAUSE_MS << Math.min(quickDeaths - 2, 10), LONGEST_PAUSE_MS);
  }

  private static String howEnded(int code) {
    return code > SIGNALLED
        ? "was killed by signal " + (code - SIGNALLED)
        : "has exited with code " + code;
  }

  private void end(int signal) {
    ending = true;
    Process current = daemon;
    if (current != null) {
      LOG.warn("signal {}: handed on to the daemon (pid {})", signal, current.pid());
      current.destroy();
    }
  }
}
