package io.criulazy.client.journal;

import io.criulazy.client.fault.ProcessRecord;
import io.criulazy.client.sys.MessageSlots;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.RunningProcess;
import io.criulazy.client.sys.UffdMessages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has become of one process since its restore: every change of its address space, as the
 * kernel has reported it.
 *
 * <pre>
 *  0  u64 magic "CLAZYPR1"
 *  8  u32 1: served to its end   12  u32 1: its pages can't be had
 * 16  u32 number of its userfaultfd + 1, in the program with an even epoch (0: none)
 * 20  u32 the same, odd epoch
 * 24  u32 its pid (0: not known)   32  u64 its start time
 * 48  u64 bytes that the file has
 * 64  struct uffd_msg [], until the first whose event is 0
 * </pre>
 *
 * Messages are read straight into it (see {@link MessageSlots}). Faults among them mean nothing
 * here. Owned by the fault loop's thread.
 */
public final class ProcessJournal implements ProcessRecord {
  static final long MAGIC = 0x3152505A_59414C43L;
  static final int COMPLETE_AT = 8;
  private static final int LOST_AT = 12;
  static final int FD_AT = 16;
  static final int PID_AT = 24;
  static final int START_TIME_AT = 32;
  private static final int SIZE_AT = 48;
  static final int HEADER_BYTES = 64;
  private static final int WINDOW_BYTES = 16 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(ProcessJournal.class);

  private final MappedJournal file;
  private final SessionJournal session;
  private final NativeBuffer header;
  private NativeBuffer window;
  private long windowStart;
  private int used;
  private MessageSlots fallback;

  private ProcessJournal(MappedJournal file, SessionJournal session) throws IOException {
    this.file = file;
    this.session = session;
    window = file.map(0, WINDOW_BYTES);
    header = window;
    used = HEADER_BYTES;
  }

  /** Begins the journal of a process. */
  static ProcessJournal create(Path path, SessionJournal session) throws IOException {
    ProcessJournal journal = new ProcessJournal(MappedJournal.create(path), session);
    journal.header.putLong(SIZE_AT, WINDOW_BYTES);
    journal.header.putLong(0, MAGIC);
    return journal;
  }

  /**
   * Opens one to be replayed and then continued.
   *
   * @return null if its program was killed while it made the file: nothing can have been read by
   *     then
   */
  static ProcessJournal open(Path path, SessionJournal session) throws IOException {
    long sizeBytes = Files.size(path);
    if (sizeBytes < WINDOW_BYTES) {
      if (isBlank(path)) {
        return null;
      }
      throw SessionJournal.damaged(path, "it has " + sizeBytes + " bytes");
    }
    ProcessJournal journal = new ProcessJournal(MappedJournal.open(path), session);
    if (journal.header.getLong(0) == MAGIC) {
      if (sizeBytes < journal.header.getLong(SIZE_AT)) {
        throw journal.damaged(
            "it has " + sizeBytes + " bytes of " + journal.header.getLong(SIZE_AT));
      }
      return journal;
    }
    if (journal.header.getLong(0) == 0) {
      journal.file.close();
      return null;
    }
    throw journal.damaged("it is not the journal of a restored process");
  }

  private static boolean isBlank(Path path) throws IOException {
    for (byte each : Files.readAllBytes(path)) {
      if (each != 0) {
        return false;
      }
    }
    return true;
  }

  private IOException damaged(String how) {
    return SessionJournal.damaged(file.path(), how);
  }

  /** Its userfaultfd's number in the program that was killed, or -1 if that had noted none. */
  public int previousUffd() {
    return header.getInt(fdAt(session.epoch() - 1)) - 1;
  }

  /** Notes its userfaultfd's number in this program. */
  public void setUffd(int fd) {
    header.putInt(fdAt(session.epoch()), fd + 1);
  }

  /** Notes which process it is. */
  void setProcess(RunningProcess process) {
    header.putLong(START_TIME_AT, process.startTime());
    header.putInt(PID_AT, process.pid());
  }

  /** Which process it is, if that is known. */
  public Optional<RunningProcess> process() {
    int pid = header.getInt(PID_AT);
    return pid == 0
        ? Optional.empty()
        : Optional.of(new RunningProcess(pid, header.getLong(START_TIME_AT)));
  }

  private static int fdAt(int epoch) {
    return FD_AT + 4 * (epoch & 1);
  }

  /** Whether nothing of the process is left to do. */
  public boolean isComplete() {
    return header.getInt(COMPLETE_AT) != 0;
  }

  /** Nothing follows, so the file is closed: a resident daemon has many of them. */
  @Override
  public void complete() {
    header.putInt(COMPLETE_AT, 1);
    try {
      file.close();
    } catch (IOException e) {
      LOG.warn("{}: {}", file.path(), e.getMessage());
    }
  }

  @Override
  public void closed() {
    setUffd(-1);
  }

  /** Whether its pages could not be had. */
  public boolean isLost() {
    return header.getInt(LOST_AT) != 0;
  }

  @Override
  public void lost() {
    header.putInt(LOST_AT, 1);
  }

  /** Gives each change since the restore in order, and goes to the end. */
  public void replay(ChangeListener listener) throws IOException {
    while (true) {
      Place place = reserve(UffdMessages.MESSAGE_BYTES);
      NativeBuffer at = place.buffer();
      int offset = place.offset();
      int event = at.getByte(offset);
      if (event == 0) {
        return;
      }
      // the kernel writes no more than 4 bytes of a FORK's first argument
      long a = event == UffdMessages.FORK ? at.getInt(offset + 8) : at.getLong(offset + 8);
      long b = at.getLong(offset + 16);
      long c = at.getLong(offset + 24);
      RecordedMessage message = new RecordedMessage(event, a, b, c);
      if (!message.isPossible()) {
        throw damaged("offset " + (windowStart + offset) + " has " + message);
      }
      keep(UffdMessages.MESSAGE_BYTES);
      listener.change(event, a, b, c);
    }
  }

  /** Takes what a {@link #replay} finds. */
  public interface ChangeListener {
    /**
     * @param event as in {@link UffdMessages}
     * @param a the message's first argument word, and so on
     */
    void change(int event, long a, long b, long c) throws IOException;
  }

  @Override
  public Place reserve(int bytes) {
    if (fallback == null && used + bytes > window.sizeBytes()) {
      nextWindow(bytes);
    }
    return fallback == null ? new Place(window, used) : fallback.reserve(bytes);
  }

  private void nextWindow(int bytes) {
    try {
      long at = windowStart + used;
      window = file.map(at, Math.max(WINDOW_BYTES, bytes));
      windowStart = at;
      used = 0;
      header.putLong(SIZE_AT, Math.max(header.getLong(SIZE_AT), at + window.sizeBytes()));
    } catch (IOException e) {
      session.notRecorded(file.path(), e);
      fallback = MessageSlots.volatileSlots(bytes);
    }
  }

  @Override
  public void keep(int bytes) {
    if (fallback == null) {
      used += bytes;
    }
  }

  @Override
  public ProcessRecord child(String name, int uffd) {
    return session.processes().record(name, uffd, Optional.empty());
  }
}
