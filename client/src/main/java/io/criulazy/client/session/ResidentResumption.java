package io.criulazy.client.session;

import io.criulazy.client.journal.DaemonJournal;
import io.criulazy.client.journal.SessionJournal;
import io.criulazy.client.sys.AbandonedKeeper;
import io.criulazy.client.sys.RunningProcess;
import io.criulazy.client.sys.StaleSocket;
import io.criulazy.client.sys.StartTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes on with all restores of a resident daemon that was killed. Each is served as soon as it has
 * been taken over; their keeper ends when the last one has been.
 */
final class ResidentResumption {
  private static final Logger LOG = LoggerFactory.getLogger(ResidentResumption.class);

  private final DaemonJournal journal;
  private final Restores restores;
  private final List<Integer> held = new ArrayList<>();
  private final Map<Integer, AbandonedKeeper> keepers = new HashMap<>();
  private boolean anyResumedBefore;

  ResidentResumption(DaemonJournal journal, Restores restores) {
    this.journal = journal;
    this.restores = restores;
  }

  /**
   * @param own the keeper of this daemon
   * @return whether any restore is served again
   * @throws IOException if the journal can't be used
   */
  boolean run(RunningProcess own) throws IOException {
    List<DaemonJournal.Restore> left = journal.restores();
    for (RunningProcess keeper : journal.keepers()) {
      if (!keeper.equals(own)) {
        keepers.put(keeper.pid(), new AbandonedKeeper(keeper.pid()));
      }
    }
    long beganNs = System.nanoTime();
    List<Long> resumed = new ArrayList<>();
    for (DaemonJournal.Restore restore : left) {
      try {
        if (resume(restore)) {
          resumed.add(restore.id());
        }
      } catch (IOException e) {
        LOG.error(
            "restore {} of {} can't be resumed: {}. Put that right and restart this daemon, or kill"
                + " its processes",
            restore.id(),
            restore.imagesDir(),
            e.getMessage());
      }
    }
    left.forEach(restore -> restores.isTaken(restore.id()));
    for (AbandonedKeeper keeper : keepers.values()) {
      keeper.settleHeld(held);
      keeper.release(true);
      keeper.close();
    }
    if (anyResumedBefore) {
      AbandonedKeeper.releaseOthers(held, keepers.keySet());
    }
    if (!keepers.isEmpty()) {
      LOG.warn(
          "a daemon was killed here: {} restores {} are served again, after {} ms",
          resumed.size(),
          resumed,
          (System.nanoTime() - beganNs) / 1_000_000);
    }
    return !resumed.isEmpty();
  }

  private boolean resume(DaemonJournal.Restore left) throws IOException {
    if (!Files.isDirectory(left.workDir())) {
      journal.remove(left.id());
      return false;
    }
    if (!SessionJournal.existsIn(left.workDir())) {
      SessionJournal.removeRemains(left.workDir());
      StaleSocket.remove(socket(left));
      journal.remove(left.id());
      return false;
    }
    SessionJournal session = SessionJournal.resume(left.workDir());
    try {
      if (StartTime.of(session.previousKeeper()) == session.previousKeeperStart()) {
        AbandonedKeeper keeper = keeper(session.previousKeeper());
        if (Resumption.hasRestore(session, keeper, socket(left))) {
          held.addAll(restores.resume(left, session, keeper));
          anyResumedBefore |= session.wasResumedBefore();
          return true;
        }
      }
    } catch (IOException e) {
      session.close();
      throw e;
    }
    return withoutKeeper(left, session);
  }

  private AbandonedKeeper keeper(int pid) throws IOException {
    AbandonedKeeper keeper = keepers.get(pid);
    if (keeper == null) {
      keeper = new AbandonedKeeper(pid);
      keepers.put(pid, keeper);
    }
    return keeper;
  }

  /** What nobody holds any more can only be begun anew, or is lost. */
  private boolean withoutKeeper(DaemonJournal.Restore left, SessionJournal session)
      throws IOException {
    if (session.words().isEmpty()) {
      session.end();
      restores.prepareAgain(left);
      return true;
    }
    StaleSocket.remove(socket(left));
    if (session.processes().areAllServed() || session.processes().areAllDead()) {
      session.end();
      journal.remove(left.id());
      return false;
    }
    String survivors = session.processes().survivors();
    session.close();
    journal.remove(left.id());
    throw new IOException(
        "its keeper is gone, too, so its processes have read zeros for what they had not got yet;"
            + " kill "
            + survivors);
  }

  private static Path socket(DaemonJournal.Restore restore) {
    return restore.workDir().resolve(LazyPages.SOCKET);
  }
}
