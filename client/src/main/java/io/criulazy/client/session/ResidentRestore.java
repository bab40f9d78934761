package io.criulazy.client.session;

import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.client.fault.LazyProcess;
import io.criulazy.client.journal.DaemonJournal;
import io.criulazy.client.source.RemoteImages;
import io.criulazy.client.source.SourceStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of the lazy restores of a resident daemon, with a thread of its own that answers the faults.
 * What it tells may be asked by any thread, also after its end.
 */
public final class ResidentRestore {
  private static final Logger LOG = LoggerFactory.getLogger(ResidentRestore.class);
  private static final long CANCEL_STEP_MS = 2;
  private static final int CANCEL_STEPS = 2_500;

  private final DaemonJournal.Restore told;
  private final FaultStatistics statistics;
  private final SourceStatistics source;
  private final Instant preparedAt = Instant.now();
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private volatile RestoreState lastState;
  private volatile int rootPid;
  private volatile int ringProcesses;

  /** Null after the end: an index of its image may be large. */
  private volatile LazyRestore restore;

  /**
   * One that listens, or goes on where a daemon was killed; {@link #start} begins to answer.
   *
   * @param told what it was told
   * @param source what fetching its pages from elsewhere comes to
   */
  ResidentRestore(
      DaemonJournal.Restore told,
      FaultStatistics statistics,
      SourceStatistics source,
      LazyRestore restore) {
    this.told = told;
    this.statistics = statistics;
    this.source = source;
    this.restore = restore;
  }

  /**
   * Serves it on a thread of its own.
   *
   * @param after called at the end, on that thread
   */
  void start(Consumer<LazyRestore> after) {
    new Thread(() -> serve(restore, after), "restore-" + id()).start();
  }

  /**
   * If the daemon itself fails here, everything stays as it is: the processes wait for ever, and do
   * not go on with zeros.
   */
  private void serve(LazyRestore served, Consumer<LazyRestore> after) {
    try {
      served.run();
      served.close();
    } catch (IOException | RuntimeException | Error e) {
      LOG.error(
          "restore {} of {}: internal error. Its processes wait; end them", id(), imagesDir(), e);
      return;
    }
    lastState = served.state();
    restore = null;
    after.accept(served);
    end.complete(null);
  }

  /**
   * The daemon itself has restored it.
   *
   * @param pid of the root
   * @param withRings how many of its processes have io_uring instances
   */
  public void restoredAs(int pid, int withRings) {
    ringProcesses = withRings;
    rootPid = pid;
  }

  /** The root's pid if this program has restored the tree, else 0. */
  public int rootPid() {
    return rootPid;
  }

  /** How many of its processes have io_uring instances, if this program has restored the tree. */
  public int ringProcesses() {
    return ringProcesses;
  }

  LazyRestore restore() {
    return restore;
  }

  /** Its name among the restores of this daemon. */
  public String id() {
    return Long.toString(told.id());
  }

  /** Where its images are; absolute. */
  public Path imagesDir() {
    return told.imagesDir();
  }

  /** Where criu connects; there while the state is {@link RestoreState#LISTENING}. */
  public Path socket() {
    return told.workDir().resolve(LazyPages.SOCKET);
  }

  /** Where its pages come from if they are not those of the images. */
  public Optional<RemoteImages> remote() {
    return told.remote();
  }

  /** What fetching them has come to so far. */
  public SourceStatistics source() {
    return source;
  }

  /** When it was prepared. */
  public Instant preparedAt() {
    return preparedAt;
  }

  /** How it stands. */
  public RestoreState state() {
    LazyRestore current = restore;
    return current == null ? lastState : current.state();
  }

  /** How many pages its processes have still to get. */
  public long duePages() {
    LazyRestore current = restore;
    return current == null ? 0 : current.tree().duePages();
  }

  /** Faults read and not yet answered. */
  public long unansweredFaults() {
    LazyRestore current = restore;
    return current == null ? 0 : current.tree().unansweredFaults();
  }

  /** How long its oldest unanswered fault has waited, in nanoseconds; 0 if none does. */
  public long oldestFaultAgeNs() {
    LazyRestore current = restore;
    return current == null ? 0 : current.tree().oldestFaultAgeNs();
  }

  /** What has been done for it so far. */
  public FaultStatistics statistics() {
    return statistics;
  }

  /** Its processes that are not yet done. */
  public List<LazyProcess> processes() {
    LazyRestore current = restore;
    return current == null ? List.of() : current.tree().processes();
  }

  /**
   * Ends it if no restore has come.
   *
   * @return whether it has ended so
   */
  boolean cancel() {
    LazyRestore current = restore;
    if (current != null && current.state() == RestoreState.LISTENING) {
      current.requestEnd();
    }
    for (int i = 0; i < CANCEL_STEPS && state() == RestoreState.LISTENING; i++) {
      awaitEnd(CANCEL_STEP_MS);
    }
    return state() == RestoreState.CANCELLED;
  }

  /**
   * Waits for its end, the images given back.
   *
   * @return whether it has come
   */
  boolean awaitEnd(long millis) {
    try {
      end.get(millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
