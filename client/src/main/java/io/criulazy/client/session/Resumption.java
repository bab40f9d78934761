package io.criulazy.client.session;

import io.criulazy.client.fault.AddressSpace;
import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.client.fault.LazyProcess;
import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.fault.LostPages;
import io.criulazy.client.journal.ProcessJournal;
import io.criulazy.client.journal.SessionJournal;
import io.criulazy.client.source.PageSource;
import io.criulazy.client.sys.AbandonedKeeper;
import io.criulazy.client.sys.StaleSocket;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.Uffd;
import io.criulazy.client.sys.UnixListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the processes of a lazy restore over from a program that was killed: replays what the
 * journal has of each, and fetches its userfaultfd from the keeper.
 *
 * <p>What had been delivered is due again in the models made here. That does no harm: a page that
 * is there can't be delivered twice (EEXIST), and one that the process has removed is in the
 * journal.
 */
final class Resumption {
  private static final Logger LOG = LoggerFactory.getLogger(Resumption.class);

  private final SessionJournal journal;
  private final TaskMemory images;
  private final FaultStatistics statistics;
  private final LostPagePolicy onLostPage;
  private final AbandonedKeeper keeper;
  private final List<LazyProcess> processes = new ArrayList<>();

  /** Files of the keeper that are this program's now, or nobody's any more. */
  private final Set<Integer> settled = new TreeSet<>();

  /** Userfaultfds of complete processes: the program was killed before it could close them. */
  private final Set<Integer> finished = new TreeSet<>();

  /** The task whose pid was received and whose userfaultfd was not; 0 if there is none. */
  private int expected;

  private boolean restored;

  Resumption(
      SessionJournal journal,
      TaskMemory images,
      FaultStatistics statistics,
      LostPagePolicy onLostPage,
      AbandonedKeeper keeper) {
    this.journal = journal;
    this.images = images;
    this.statistics = statistics;
    this.onLostPage = onLostPage;
    this.keeper = keeper;
  }

  /**
   * Checks that the images are what they were.
   *
   * @throws IOException if they are not
   */
  static void requireSame(SessionJournal journal, TaskMemory memory, Path imagesDir)
      throws IOException {
    if (!journal.imageIdentity().equals(memory.identity())) {
      throw new IOException(
          imagesDir
              + " is not what it was when the restore began: its pages must not be mixed. Put the"
              + " images back as they were, or kill the restored processes");
    }
  }

  /**
   * Takes all over, and has it served.
   *
   * @param restore not yet begun
   */
  void into(LazyRestore restore) throws IOException {
    run();
    restore.resume(this);
    journal.putInForce();
    keeper.settle(settled);
    keeper.settle(finished);
    restore.serve(this);
  }

  private void run() throws IOException {
    List<Integer> words = journal.words();
    for (int i = 0; i < words.size(); i++) {
      int word = words.get(i);
      if (word == RestoreConnection.RESTORE_FINISHED) {
        restored = true;
      } else if (word > 0) {
        adoptTask(word, i == words.size() - 1);
      }
    }
  }

  /** The processes that are to be served, parents before their children. */
  List<LazyProcess> processes() {
    return processes;
  }

  /** Their userfaultfds. */
  List<Integer> descriptors() {
    return processes.stream().map(LazyProcess::fd).toList();
  }

  boolean isRestored() {
    return restored;
  }

  int expectedTask() {
    return expected;
  }

  /** The number of the connection to criu, or -1. */
  int connection(Path socket) throws IOException {
    return connection(journal, keeper, socket);
  }

  private static int connection(SessionJournal journal, AbandonedKeeper keeper, Path socket)
      throws IOException {
    int noted = journal.previousConnection();
    return noted >= 0 ? noted : keeper.acceptedAt(socket);
  }

  /** The number of the socket at which criu can connect, or -1. */
  int listener(Path socket) throws IOException {
    return listener(journal, keeper, socket);
  }

  private static int listener(SessionJournal journal, AbandonedKeeper keeper, Path socket)
      throws IOException {
    int bound = boundSocket(journal, keeper, socket);
    return bound >= 0 && keeper.isListening(bound) ? bound : -1;
  }

  /** What is noted may be another file by now: it is noted before it is bound, until it is gone. */
  private static int boundSocket(SessionJournal journal, AbandonedKeeper keeper, Path socket)
      throws IOException {
    int noted = journal.previousListener();
    return noted >= 0 && keeper.isBoundAt(noted, socket) ? noted : -1;
  }

  /** Removes the socket of a restore that has not begun and can't any more. */
  static void removeSocket(SessionJournal journal, AbandonedKeeper keeper, Path socket)
      throws IOException {
    int bound = boundSocket(journal, keeper, socket);
    if (bound >= 0) {
      new UnixListener(socket, keeper.take(bound)).close();
    } else {
      StaleSocket.remove(socket);
    }
  }

  /**
   * Whether a restore has begun, or can.
   *
   * @param keeper of the program that was killed
   * @param socket where criu connects, or would have
   */
  static boolean hasRestore(SessionJournal journal, AbandonedKeeper keeper, Path socket)
      throws IOException {
    return !journal.words().isEmpty()
        || connection(journal, keeper, socket) >= 0
        || listener(journal, keeper, socket) >= 0;
  }

  /** Another descriptor of a file that the keeper holds. */
  int take(int number) throws SysException {
    int taken = keeper.take(number);
    settled.add(number);
    return taken;
  }

  /**
   * @param last whether it was received last: the kernel has noted its userfaultfd's number, if it
   *     has come, where the program may not have any more
   */
  private void adoptTask(int pid, boolean last) throws IOException {
    String name = Integer.toString(pid);
    ProcessJournal record = journal.processes().open(name);
    boolean noted = record != null && (record.isComplete() || record.previousUffd() >= 0);
    int number = noted ? record.previousUffd() : last ? journal.taskMessages().descriptor() : -1;
    if (!noted && number < 0) {
      if (last) {
        expected = pid;
      } else {
        LOG.error("process {} is not on record: it waits at its next missing page. Kill it", pid);
      }
      return;
    }
    adopt(
        name,
        record == null ? journal.processes().create(name, -1, Optional.empty()) : record,
        number,
        images.addressSpace(pid),
        images.source(pid));
  }

  private void adopt(
      String name, ProcessJournal record, int number, AddressSpace space, PageSource source)
      throws IOException {
    boolean there = keeper.hasUserfaultfd(number) && !settled.contains(number);
    boolean held = there && !record.isComplete();
    Uffd uffd = held ? new Uffd(take(number)) : Uffd.gone();
    LazyProcess process =
        new LazyProcess(
            name,
            uffd,
            space,
            source,
            statistics,
            record,
            new LostPages(onLostPage, record.process()));
    if (held) {
      record.setUffd(uffd.fd());
      processes.add(process);
    } else if (there) {
      finished.add(number);
    }
    record.replay((event, a, b, c) -> process.replay(event, a, b, c, this::adoptChild));
    if (held && (record.isLost() || !journal.isComplete())) {
      process.giveUp("the program that served it was killed, and its journal has a gap");
    }
  }

  private void adoptChild(
      LazyProcess parent, String name, int number, AddressSpace space, PageSource source)
      throws IOException {
    ProcessJournal record = journal.processes().open(name);
    boolean noted = record != null && (record.isComplete() || record.previousUffd() >= 0);
    adopt(
        name,
        record == null ? journal.processes().create(name, -1, Optional.empty()) : record,
        noted ? record.previousUffd() : number,
        space,
        source);
  }
}
