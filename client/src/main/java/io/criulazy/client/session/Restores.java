package io.criulazy.client.session;

import io.criulazy.client.FailureText;
import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.fault.LostPages;
import io.criulazy.client.journal.DaemonJournal;
import io.criulazy.client.journal.SessionJournal;
import io.criulazy.client.source.RemoteImages;
import io.criulazy.client.source.RemotePages;
import io.criulazy.client.source.SourceStatistics;
import io.criulazy.client.sys.AbandonedKeeper;
import io.criulazy.client.sys.RunningProcess;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.SharedImages;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lazy restores of a resident daemon: any number at once. Thread-safe. */
public final class Restores {
  private static final Logger LOG = LoggerFactory.getLogger(Restores.class);

  /** Each costs two threads and some descriptors. */
  static final int MAX_LIVE = 1_000;

  /** How many of those that have ended can still be asked about. */
  static final int MAX_ENDED = 200;

  private static final long COMPLAINT_MS = 5_000;

  private final RunningProcess keeper;
  private final DaemonJournal journal;
  private final SharedImages<TaskMemory> images =
      new SharedImages<>(set -> new TaskMemory(set, Optional.empty()));
  private final SharedImages<ImageSet> remoteImages = new SharedImages<>(set -> set);
  private final Sessions sessions = new Sessions();
  private final FaultStatistics statistics = new FaultStatistics();
  private final Map<String, FaultStatistics> statisticsBySource =
      Map.of(
          SessionMetrics.IMAGE, new FaultStatistics(statistics),
          SessionMetrics.SERVER, new FaultStatistics(statistics));
  private final SourceStatistics sourceStatistics = new SourceStatistics();

  /** By id, in the order in which they were prepared. */
  private final Map<String, ResidentRestore> live = new LinkedHashMap<>();

  private final Deque<ResidentRestore> ended = new ArrayDeque<>();
  private long lastId;
  private boolean stopping;

  /**
   * @param keeper holds this process's files should it be killed
   * @param journal where it is kept which restores there are
   */
  public Restores(RunningProcess keeper, DaemonJournal journal) {
    this.keeper = keeper;
    this.journal = journal;
  }

  /**
   * Prepares a lazy restore: from now on {@code criu restore --lazy-pages -W workDir} is served.
   *
   * @param imagesDir absolute
   * @param workDir absolute
   * @param onLostPage what becomes of a process whose pages can't be had
   * @param remote where the pages are if they are not in {@code imagesDir}
   * @throws IOException if there are no such directories, the images are damaged, or no page server
   *     has their pages
   * @throws RestoreConflictException if one is prepared there already, there are too many, or the
   *     daemon is about to end
   */
  public ResidentRestore prepare(
      Path imagesDir, Path workDir, LostPagePolicy onLostPage, Optional<RemoteImages> remote)
      throws IOException {
    Path socket = workDir.toRealPath().resolve(LazyPages.SOCKET);
    LostPages.requirePossible(onLostPage);
    requireFree(socket);
    SourceStatistics source = new SourceStatistics(sourceStatistics);
    ServedMemory memory = open(imagesDir, remote, socket.getParent(), source, RemotePages.BRIEFLY);
    try {
      return listen(imagesDir, socket, memory, onLostPage, remote, source);
    } catch (IOException | RuntimeException | Error e) {
      memory.close();
      throw e;
    }
  }

  private ServedMemory open(
      Path imagesDir,
      Optional<RemoteImages> remote,
      Path workDir,
      SourceStatistics source,
      Duration patience)
      throws IOException {
    return remote.isPresent()
        ? ServedMemory.elsewhere(remoteImages, imagesDir, remote.get(), workDir, source, patience)
        : ServedMemory.here(images, imagesDir);
  }

  private synchronized ResidentRestore listen(
      Path imagesDir,
      Path socket,
      ServedMemory memory,
      LostPagePolicy onLostPage,
      Optional<RemoteImages> remote,
      SourceStatistics source)
      throws IOException {
    requireFree(socket);
    long id = lastId + 1;
    DaemonJournal.Restore told =
        new DaemonJournal.Restore(id, imagesDir, socket.getParent(), onLostPage, remote);
    journal.add(told);
    try {
      FaultStatistics own = statistics(remote);
      LazyRestore restore = listen(socket, memory.memory(), own, onLostPage);
      lastId = id;
      LOG.info("restore {}: {} is served at {}", id, imagesDir, socket);
      return begin(new ResidentRestore(told, own, source, restore), memory);
    } catch (IOException | RuntimeException | Error e) {
      journal.remove(id);
      throw e;
    }
  }

  private LazyRestore listen(
      Path socket, TaskMemory memory, FaultStatistics own, LostPagePolicy onLostPage)
      throws IOException {
    SessionJournal session = SessionJournal.create(socket.getParent(), memory.identity());
    session.setKeeper(keeper.pid(), keeper.startTime());
    LazyRestore restore = new LazyRestore(socket, memory, own, onLostPage, session);
    try {
      restore.listen();
      return restore;
    } catch (IOException | RuntimeException | Error e) {
      restore.close();
      throw e;
    }
  }

  private synchronized ResidentRestore begin(ResidentRestore restore, ServedMemory memory) {
    live.put(restore.id(), restore);
    sessions.began(restore.restore());
    restore.start(served -> ended(restore, served, memory));
    return restore;
  }

  /**
   * Goes on with a restore that a daemon served which was killed.
   *
   * @param session taken over if this succeeds
   * @param files the keeper that holds its files
   * @return the userfaultfds that this program has got by it
   */
  List<Integer> resume(DaemonJournal.Restore left, SessionJournal session, AbandonedKeeper files)
      throws IOException {
    lastId = Math.max(lastId, left.id());
    SourceStatistics source = new SourceStatistics(sourceStatistics);
    ServedMemory served =
        open(left.imagesDir(), left.remote(), left.workDir(), source, RemotePages.PATIENTLY);
    try {
      TaskMemory memory = served.memory();
      Resumption.requireSame(session, memory, left.imagesDir());
      session.setKeeper(keeper.pid(), keeper.startTime());
      FaultStatistics own = statistics(left.remote());
      Path socket = left.workDir().resolve(LazyPages.SOCKET);
      LazyRestore restore = new LazyRestore(socket, memory, own, left.onLostPage(), session);
      Resumption resumption = new Resumption(session, memory, own, left.onLostPage(), files);
      resumption.into(restore);
      restore.removeStaleSocket();
      List<Integer> descriptors = resumption.descriptors();
      begin(new ResidentRestore(left, own, source, restore), served);
      return descriptors;
    } catch (IOException | RuntimeException | Error e) {
      served.close();
      throw e;
    }
  }

  /** Begins a restore anew for which no criu had come when its daemon was killed. */
  void prepareAgain(DaemonJournal.Restore left) throws IOException {
    lastId = left.id() - 1;
    prepare(left.imagesDir(), left.workDir(), left.onLostPage(), left.remote());
  }

  /** An id is that of a restore before this daemon, whether it goes on or not. */
  synchronized void isTaken(long id) {
    lastId = Math.max(lastId, id);
  }

  private synchronized void requireFree(Path socket) throws RestoreConflictException {
    if (stopping) {
      throw new RestoreConflictException(
          "cannot prepare a restore: the daemon is about to end; ask the next one");
    }
    if (live.size() >= MAX_LIVE) {
      throw new RestoreConflictException(
          "cannot prepare a restore: %d are under way; wait, or cancel some".formatted(MAX_LIVE));
    }
    for (ResidentRestore other : live.values()) {
      if (other.socket().equals(socket)) {
        throw new RestoreConflictException(
            "cannot listen at %s: restore %s has that directory until it is over, and is %s; give another work_dir"
                .formatted(socket, other.id(), other.state().label()));
      }
    }
  }

  private void ended(ResidentRestore restore, LazyRestore served, ServedMemory memory) {
    if (served.state() == RestoreState.COMPLETE) {
      memory.memory().finish();
    }
    memory.close();
    synchronized (this) {
      live.remove(restore.id());
      sessions.ended(served, restore.state());
      ended.addLast(restore);
      if (ended.size() > MAX_ENDED) {
        ended.removeFirst();
      }
    }
    try {
      journal.remove(Long.parseLong(restore.id()));
    } catch (IOException e) {
      LOG.warn("restore {}: {}", restore.id(), FailureText.of(e));
    }
    LOG.info("restore {}: {}", restore.id(), restore.state());
  }

  /** One, by its id, if it is not over or has ended lately. */
  public synchronized Optional<ResidentRestore> find(String id) {
    ResidentRestore found = live.get(id);
    return found != null
        ? Optional.of(found)
        : ended.stream().filter(restore -> restore.id().equals(id)).findFirst();
  }

  /** Those that have ended lately, then those that have not, each in their order. */
  public synchronized List<ResidentRestore> all() {
    List<ResidentRestore> all = new ArrayList<>(ended);
    all.addAll(live.values());
    return all;
  }

  /**
   * Ends one for which no restore has come.
   *
   * @throws RestoreConflictException if one has
   */
  public void cancel(ResidentRestore restore) throws RestoreConflictException {
    if (!restore.cancel()) {
      throw new RestoreConflictException(
          restore.state().isLast()
              ? "cannot cancel restore %s: it is over".formatted(restore.id())
              : "cannot cancel restore %s: its processes need %d more pages; wait, or end the processes"
                  .formatted(restore.id(), restore.duePages()));
    }
  }

  /** What all of them have done together. */
  public FaultStatistics statistics() {
    return statistics;
  }

  /** The same by where the pages come from. */
  Map<String, FaultStatistics> statisticsBySource() {
    return statisticsBySource;
  }

  private FaultStatistics statistics(Optional<RemoteImages> remote) {
    String source = remote.isPresent() ? SessionMetrics.SERVER : SessionMetrics.IMAGE;
    return new FaultStatistics(statisticsBySource.get(source));
  }

  /** What fetching pages for all of them has come to. */
  SourceStatistics sourceStatistics() {
    return sourceStatistics;
  }

  Sessions sessions() {
    return sessions;
  }

  /** Whether no restore is prepared any more. */
  public synchronized boolean isStopping() {
    return stopping;
  }

  /** Takes no more, cancels those that wait, and returns when the others have all their memory. */
  public void finish() {
    for (ResidentRestore restore : stop()) {
      restore.cancel();
    }
    for (ResidentRestore restore : remaining()) {
      while (!restore.awaitEnd(COMPLAINT_MS)) {
        LOG.warn(
            "about to end: restore {} of {} is {}, {} pages are to be delivered first",
            restore.id(),
            restore.imagesDir(),
            restore.state().label(),
            restore.duePages());
      }
    }
  }

  private synchronized Collection<ResidentRestore> stop() {
    stopping = true;
    return remaining();
  }

  private synchronized List<ResidentRestore> remaining() {
    return List.copyOf(live.values());
  }
}
