package io.criulazy.client.session;

import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.client.fault.LostPages;
import io.criulazy.client.journal.SessionJournal;
import io.criulazy.client.source.RemotePages;
import io.criulazy.client.source.SourceStatistics;
import io.criulazy.client.sys.AbandonedKeeper;
import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.Keeper;
import io.criulazy.client.sys.StaleSocket;
import io.criulazy.client.sys.StartTime;
import io.criulazy.daemon.store.ImageSet;
import io.criulazy.daemon.store.ImageStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code criu-lazy lazy-pages} does: serves one restore of one image directory and ends.
 *
 * <p>SIGTERM ends it at once while no restore has come. Later all memory is delivered first; a
 * second one leaves the processes to the keeper.
 */
public final class LazyPages {
  private static final Logger LOG = LoggerFactory.getLogger(LazyPages.class);

  /** The name of the socket in the work directory; criu's. */
  static final Path SOCKET = Path.of("lazy-pages.socket");

  private final LazyRestoreOptions options;
  private final SourceStatistics sourceStatistics = new SourceStatistics();
  private volatile Runnable end = () -> {};

  public LazyPages(LazyRestoreOptions options) {
    this.options = options;
  }

  /**
   * Serves a restore to its end. The calling thread becomes the fault loop's.
   *
   * @return whether the tree was restored and got all of its memory
   * @throws IOException if it can't begin: no such images, no userfaultfd, no socket
   */
  public boolean run() throws IOException {
    LostPages.requirePossible(options.onLostPage());
    LOG.debug("limit of open files: {}", FileDescriptor.raiseLimit());
    Termination termination =
        new Termination(
            "Processes that miss pages wait, held by the keeper. Go on with: criu-lazy lazy-pages"
                + " --resume -D %s -W %s".formatted(options.imagesDir(), options.workDir()));
    try {
      return run(termination);
    } finally {
      termination.done();
    }
  }

  private boolean run(Termination termination) throws IOException {
    if (options.resume() && isNothingToResume()) {
      LOG.info("{}: there is nothing to resume: every process has its memory", options.workDir());
      return true;
    }
    try (ImageSet images = ImageStore.open(options.imagesDir());
        TaskMemory memory = new TaskMemory(images, remote(images))) {
      if (!options.resume()) {
        WarmUp.run(); // who waits for a resume waits for every millisecond
      }
      // Not closed when anything fails from here on: the keeper then holds what there is to hold.
      Keeper keeper = Keeper.start();
      SessionJournal journal =
          options.resume()
              ? SessionJournal.resume(options.workDir())
              : SessionJournal.create(options.workDir(), memory.identity());
      journal.setKeeper(keeper.pid(), StartTime.of(keeper.pid()));
      boolean whole = serve(memory, journal, termination);
      keeper.close();
      if (whole) {
        memory.finish();
      }
      return whole;
    }
  }

  /** Ends {@link #run} if it is ready and no restore has come. Any thread. */
  public void cancel() {
    end.run();
  }

  private boolean isNothingToResume() throws IOException {
    if (!SessionJournal.existsIn(options.workDir())) {
      SessionJournal.removeRemains(options.workDir());
      StaleSocket.remove(socket());
      return true;
    }
    try (SessionJournal journal = SessionJournal.resume(options.workDir())) {
      boolean served =
          isKeeperGone(journal)
              ? journal.processes().areAllServed() || hasNotBegun(journal) || areAllDead(journal)
              : isForsaken(journal);
      if (served) {
        StaleSocket.remove(socket());
        journal.end();
      }
      return served;
    }
  }

  private Path socket() {
    return options.workDir().resolve(SOCKET);
  }

  /** Nobody can have connected to a socket whose last holder is gone without an error. */
  private static boolean hasNotBegun(SessionJournal journal) {
    return journal.words().isEmpty();
  }

  /** The program was killed before anybody could connect, or when it had been told to end. */
  private boolean isForsaken(SessionJournal journal) throws IOException {
    try (AbandonedKeeper keeper = new AbandonedKeeper(journal.previousKeeper())) {
      boolean forsaken = !Resumption.hasRestore(journal, keeper, socket());
      if (forsaken) {
        Resumption.removeSocket(journal, keeper, socket());
      }
      return forsaken;
    }
  }

  /** A keeper ends when its processes have: somebody may have ended them while nobody served. */
  private static boolean areAllDead(SessionJournal journal) throws IOException {
    boolean dead = journal.processes().areAllDead();
    if (dead) {
      LOG.warn("its processes have ended without all of their memory: nothing is left to do");
    }
    return dead;
  }

  private static boolean isKeeperGone(SessionJournal journal) {
    return StartTime.of(journal.previousKeeper()) != journal.previousKeeperStart();
  }

  private Optional<RemotePages> remote(ImageSet images) throws IOException {
    if (options.remote().isEmpty()) {
      return Optional.empty();
    }
    Duration patience = options.resume() ? RemotePages.PATIENTLY : RemotePages.BRIEFLY;
    return Optional.of(
        options.remote().get().connect(images, options.workDir(), sourceStatistics, patience));
  }

  private boolean serve(TaskMemory memory, SessionJournal journal, Termination termination)
      throws IOException {
    FaultStatistics statistics = new FaultStatistics();
    try (LazyRestore restore =
        new LazyRestore(socket(), memory, statistics, options.onLostPage(), journal)) {
      Exposition exposition = Exposition.start(options, restore, statistics, sourceStatistics);
      try {
        end = restore::requestEnd;
        termination.ask(end);
        if (options.resume()) {
          takeOver(restore, memory, journal, statistics);
        } else {
          restore.listen();
        }
        options.onReady().ready();
        return restore.run();
      } finally {
        exposition.end();
      }
    }
  }

  private void takeOver(
      LazyRestore restore, TaskMemory memory, SessionJournal journal, FaultStatistics statistics)
      throws IOException {
    int keeper = journal.previousKeeper();
    if (isKeeperGone(journal)) {
      throw new IOException(
          "the keeper of the restore in "
              + options.workDir()
              + " (pid "
              + keeper
              + ") is gone, and not every process had its memory: kill "
              + journal.processes().survivors()
              + ", and restore again");
    }
    Resumption.requireSame(journal, memory, options.imagesDir());
    try (AbandonedKeeper files = new AbandonedKeeper(keeper)) {
      Resumption resumption =
          new Resumption(journal, memory, statistics, options.onLostPage(), files);
      resumption.into(restore);
      files.release(false);
      if (journal.wasResumedBefore()) {
        AbandonedKeeper.releaseOthers(resumption.descriptors(), Set.of(keeper));
      }
      restore.removeStaleSocket();
    }
  }
}
