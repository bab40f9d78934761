package io.criulazy.client.journal;

import io.criulazy.client.FailureText;
import io.criulazy.client.sys.ControlMessages;
import io.criulazy.client.sys.FileLock;
import io.criulazy.client.sys.ForeignFiles;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.StartTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal of one lazy restore: a directory in the work directory.
 *
 * <pre>
 * session:   0 u64 magic "CLAZYSE2"
 *            8 u32 epoch: which program serves; each resume is one more
 *           12 u32 1: something could not be recorded
 *           16 u32 pid of the keeper, in the program with an even epoch   20 u32 odd
 *           24 u64 start time of the keeper (/proc/PID/stat, field 22), even   32 u64 odd
 *           40 u32 number of the connection + 1, even   44 u32 odd
 *           48 u32 number of the listening socket + 1, even   52 u32 odd
 *           56 u32 pid of the program that serves
 *          128 the control messages of the task that is being received: see ControlMessages
 *          192 i32 [] what criu has sent: pids, -pids, RSTF; until 0
 * lock:      locked by the program that serves
 * images:    what the image files were (see {@link ImageFiles})
 * NAME:      of each process, see {@link ProcessJournal}; '/' in its name is '.'
 * </pre>
 *
 * <p>What is of an epoch is kept twice, by the epoch's parity: a resuming program notes its own
 * numbers beside those that are in force, and puts them in force with one store of the epoch.
 *
 * <p>Owned by the fault loop's thread.
 */
public final class SessionJournal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SessionJournal.class);
  private static final Path NAME = Path.of("criu-lazy.journal");
  private static final long MAGIC = 0x32455359_5A414C43L;
  private static final int EPOCH_AT = 8;
  private static final int INCOMPLETE_AT = 12;
  private static final int KEEPER_AT = 16;
  private static final int KEEPER_START_AT = 24;
  private static final int CONNECTION_AT = 40;
  private static final int LISTENER_AT = 48;
  private static final int SERVER_AT = 56;
  private static final int MESSAGES_AT = 128;
  private static final int WORDS_AT = MESSAGES_AT + ControlMessages.BYTES;
  private static final int BYTES = 256 * 1024;
  private static final long LOCK_MS = 3_000;

  private final Path directory;
  private final MappedJournal file;
  private final NativeBuffer session;
  private final int epoch;
  private final FileLock lock;
  private final ControlMessages taskMessages;
  private final ProcessJournals processes;
  private int words;
  private boolean resumedBefore;

  private SessionJournal(Path directory, FileLock lock, MappedJournal file, int epochsOn)
      throws IOException {
    this.directory = directory;
    this.lock = lock;
    this.file = file;
    this.session = file.map(0, BYTES);
    this.epoch = session.getInt(EPOCH_AT) + epochsOn;
    this.taskMessages = new ControlMessages(session, MESSAGES_AT);
    this.processes = new ProcessJournals(directory, this);
  }

  /** Whether a work directory has a journal; one that was killed in its making is none. */
  public static boolean existsIn(Path workDir) throws IOException {
    Path path = workDir.resolve(NAME).resolve("session");
    if (!Files.exists(path)) {
      return false;
    }
    try (MappedJournal file = MappedJournal.open(path)) {
      long sizeBytes = file.sizeBytes();
      long magic = sizeBytes < Long.BYTES ? 0 : file.map(0, Long.BYTES).getLong(0);
      boolean begun = magic != 0 || ProcessJournals.anyIn(path.getParent());
      if (begun && (magic != MAGIC || sizeBytes < BYTES)) {
        throw damaged(path, sizeBytes + " bytes, and it begins with " + Long.toHexString(magic));
      }
      return magic == MAGIC;
    }
  }

  /** Removes what a program has left that was killed as it made or removed its journal. */
  public static void removeRemains(Path workDir) throws IOException {
    Path directory = workDir.resolve(NAME);
    if (Files.isDirectory(directory) && !existsIn(workDir)) {
      Optional<FileLock> lock = FileLock.tryLockFor(directory.resolve("lock"), LOCK_MS);
      if (lock.isPresent()) {
        delete(directory);
        lock.get().close();
      }
    }
  }

  /** The journal of a restore can't be used, and so its processes are not touched. */
  static IOException damaged(Path path, String how) {
    return new IOException(
        path
            + " is damaged: "
            + how
            + ". The processes of that restore wait, held by its keeper: put the file back, or kill"
            + " them and remove "
            + path.getParent());
  }

  /**
   * Begins a journal in a work directory; one that nobody needs any more is replaced.
   *
   * @param identity of the images
   * @throws IOException if there is one of processes that still wait for their pages
   */
  public static SessionJournal create(Path workDir, String identity) throws IOException {
    Path directory = workDir.resolve(NAME);
    if (existsIn(workDir)) {
      requireForsaken(workDir);
    }
    try {
      delete(directory);
      Files.createDirectory(directory);
      Files.writeString(directory.resolve("images"), identity);
      return begin(directory);
    } catch (IOException e) {
      throw new IOException(
          "cannot keep a journal in %s: %s. It is needed: give a work directory with room for it"
              .formatted(workDir, FailureText.of(e)),
          e);
    }
  }

  private static SessionJournal begin(Path directory) throws IOException {
    FileLock lock = lock(directory);
    try {
      SessionJournal journal =
          new SessionJournal(
              directory, lock, MappedJournal.create(directory.resolve("session")), 0);
      journal.setServer();
      journal.session.putLong(0, MAGIC);
      return journal;
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  private static void requireForsaken(Path workDir) throws IOException {
    try (SessionJournal left = resume(workDir)) {
      int keeper = left.previousKeeper();
      if (StartTime.of(keeper) != left.previousKeeperStart()) {
        return;
      }
      try (ForeignFiles files = new ForeignFiles(keeper)) {
        if (files.hasLiveUserfaultfd(left.unservedUserfaultfds())
            || files.hasQueued(left.previousConnection())
            || files.hasQueued(left.previousListener())) {
          throw new IOException(
              workDir
                  + ": the processes of a restore that was cut off wait for their pages. Go on with"
                  + " `criu-lazy lazy-pages --resume`, or kill them");
        }
      }
    }
  }

  /**
   * Opens the journal that an earlier program has left in a work directory.
   *
   * @throws IOException if that one still serves, or another one that goes on with it
   */
  public static SessionJournal resume(Path workDir) throws IOException {
    Path directory = workDir.resolve(NAME);
    FileLock lock = lock(directory);
    try {
      if (!existsIn(workDir)) {
        throw new IOException(directory + " has no journal of a restore");
      }
      return new SessionJournal(
          directory, lock, MappedJournal.open(directory.resolve("session")), 1);
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  /** A program that was just killed takes a moment to let go. */
  private static FileLock lock(Path directory) throws IOException {
    Optional<FileLock> lock = FileLock.tryLockFor(directory.resolve("lock"), LOCK_MS);
    if (lock.isPresent()) {
      return lock.get();
    }
    int server = 0;
    try (MappedJournal file = MappedJournal.open(directory.resolve("session"))) {
      server = file.map(0, BYTES).getInt(SERVER_AT);
    }
    throw new IOException(
        "the restore in %s is being served by pid %d: let that one do it, or kill it first"
            .formatted(directory.getParent(), server));
  }

  private void setServer() {
    session.putInt(SERVER_AT, (int) ProcessHandle.current().pid());
  }

  /** What the images were when the journal was begun. */
  public String imageIdentity() throws IOException {
    return Files.readString(directory.resolve("images"));
  }

  /** Whether all that a resume needs is recorded. */
  public boolean isComplete() {
    return session.getInt(INCOMPLETE_AT) == 0;
  }

  /** The keeper of the program that was killed; 0 if it had none yet. */
  public int previousKeeper() {
    return session.getInt(KEEPER_AT + 4 * parity(epoch - 1));
  }

  /**
   * Start time of {@link #previousKeeper}, so that another process of its pid isn't taken for it.
   */
  public long previousKeeperStart() {
    return session.getLong(KEEPER_START_AT + 8 * parity(epoch - 1));
  }

  /** Notes the keeper of this program. */
  public void setKeeper(int pid, long startTime) {
    resumedBefore = session.getInt(KEEPER_AT + 4 * parity(epoch)) != 0;
    session.putLong(KEEPER_START_AT + 8 * parity(epoch), startTime);
    session.putInt(KEEPER_AT + 4 * parity(epoch), pid);
  }

  /**
   * Whether there has been a program between this one and the first, as of {@link #setKeeper}: it
   * may have taken files over without having said so.
   */
  public boolean wasResumedBefore() {
    return resumedBefore;
  }

  /** Number of the connection to criu in the program that was killed, or -1. */
  public int previousConnection() {
    return session.getInt(CONNECTION_AT + 4 * parity(epoch - 1)) - 1;
  }

  /** Notes the connection to criu; -1 that there is none. */
  public void setConnection(int fd) {
    session.putInt(CONNECTION_AT + 4 * parity(epoch), fd + 1);
  }

  /** Number of the listening socket in the program that was killed, or -1. */
  public int previousListener() {
    return session.getInt(LISTENER_AT + 4 * parity(epoch - 1)) - 1;
  }

  /** Notes the listening socket; -1 that there is none. */
  public void setListener(int fd) {
    session.putInt(LISTENER_AT + 4 * parity(epoch), fd + 1);
  }

  /** Puts the numbers of this program in force in place of those of the one that was killed. */
  public void putInForce() {
    setServer();
    session.putInt(EPOCH_AT, epoch);
    taskMessages.clear();
  }

  /**
   * Where the descriptor of the task whose pid was received last is received to. Numbers in it are
   * those of the program that has received them.
   */
  public ControlMessages taskMessages() {
    return taskMessages;
  }

  private static int parity(int epoch) {
    return epoch & 1;
  }

  /** The words that criu has sent so far. */
  public List<Integer> words() {
    List<Integer> sent = new ArrayList<>();
    for (words = 0; wordOffset() + 4 <= BYTES && session.getInt(wordOffset()) != 0; words++) {
      sent.add(session.getInt(wordOffset()));
    }
    return sent;
  }

  /** Where the next word is received to. */
  public NativeBuffer wordBuffer() {
    return session;
  }

  /** At which offset of {@link #wordBuffer}. */
  public int wordOffset() {
    return WORDS_AT + 4 * words;
  }

  /** The word at {@link #wordOffset} is complete. */
  public void nextWord() throws IOException {
    words++;
    if (wordOffset() + 4 > BYTES) {
      throw new IOException(directory + ": no room for more than " + words + " tasks");
    }
  }

  /** Something of a file could not be recorded: the restore can't be resumed. */
  void notRecorded(Path path, IOException why) {
    session.putInt(INCOMPLETE_AT, 1);
    LOG.error(
        "{}: {}. The restore goes on, but can't be resumed if this program is killed. Make room on"
            + " that disk.",
        path,
        FailureText.of(why));
  }

  /** The numbers of the userfaultfds that processes need which are not complete. */
  private Set<Integer> unservedUserfaultfds() throws IOException {
    Set<Integer> numbers = new TreeSet<>();
    numbers.add(taskMessages.descriptor());
    for (ProcessHeader process : processes.unserved()) {
      numbers.add(process.uffd(epoch - 1));
    }
    return numbers;
  }

  /** Those of its processes. */
  public ProcessJournals processes() {
    return processes;
  }

  int epoch() {
    return epoch;
  }

  /** Ends the journal: nothing is left to resume. */
  public void end() throws IOException {
    close();
    delete(directory);
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
    lock.close();
  }
}
