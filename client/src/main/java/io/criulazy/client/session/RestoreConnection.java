package io.criulazy.client.session;

import io.criulazy.client.fault.Starvation;
import io.criulazy.client.fault.Watched;
import io.criulazy.client.journal.SessionJournal;
import io.criulazy.client.sys.ControlMessages;
import io.criulazy.client.sys.FileDescriptor;
import io.criulazy.client.sys.NativeBuffer;
import io.criulazy.client.sys.RunningProcess;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.UnixConnection;
import java.io.IOException;
import java.util.Optional;

/**
 * What a restoring criu says over the lazy-pages socket.
 *
 * <pre>
 * for each task:      int32 pid (native order), then 1 byte with the task's userfaultfd (SCM_RIGHTS)
 * for each zombie:    int32 -pid
 * when all is up:     uint32 0x52535446 ("RSTF")
 * </pre>
 *
 * A userfaultfd is received without being taken from the queue, and its number written into the
 * journal by the same system call; it is taken when all that is needed to serve it is on record. So
 * it is never lost: not when this program is killed, and not when it has no room for it.
 *
 * <p>Source: CRIU's criu/uffd.c. A pid is at most 2^22, so RSTF can't be taken for one. Used by the
 * fault loop's thread.
 */
final class RestoreConnection implements Watched, AutoCloseable {
  static final int RESTORE_FINISHED = 0x52535446;
  private static final int MAX_PID = 1 << 22;
  private static final int WORD_BYTES = 4;

  /** Learns what is received. */
  interface Listener {
    /**
     * A task of the tree has sent its userfaultfd, which is the listener's now.
     *
     * @param pid in the images
     * @param process which one it is here, if that is known
     */
    void task(int pid, int uffd, Optional<RunningProcess> process) throws IOException;

    /** All tasks are up and run. */
    void restored();

    /** A userfaultfd can't be received for now; it stays queued. */
    void starved(SysException why);

    /** The other end has closed, before or after {@link #restored}. */
    void ended();
  }

  private final UnixConnection connection;
  private final Listener listener;
  private final SessionJournal journal;
  private int wordBytes;

  /** The task whose userfaultfd comes next; 0 if a word comes next. */
  private int pid;

  /**
   * @param journal words are received straight into it
   */
  RestoreConnection(UnixConnection connection, Listener listener, SessionJournal journal) {
    this.connection = connection;
    this.listener = listener;
    this.journal = journal;
  }

  /**
   * Goes on where a program was killed.
   *
   * @param task whose pid came last, if its userfaultfd has not been received; else 0
   */
  void resume(int task) throws IOException {
    pid = task;
    if (task == 0) {
      skipReceived();
    }
  }

  /**
   * A userfaultfd that was received may still be queued, too, with its one byte. Anything else is a
   * word, and what is behind that is no matter here.
   */
  private void skipReceived() throws IOException {
    ControlMessages messages = new ControlMessages(new NativeBuffer(ControlMessages.BYTES), 0);
    int bytes = connection.peek(WORD_BYTES + 1, messages);
    if (messages.descriptor() >= 0) {
      FileDescriptor.close(messages.descriptor());
      if (bytes == 1) {
        connection.skip();
      }
    }
  }

  @Override
  public int fd() {
    return connection.fd();
  }

  @Override
  public void ready() throws IOException {
    int received;
    try {
      do {
        received = pid != 0 ? receiveUffd() : receiveWord();
      } while (received > 0);
    } catch (SysException e) {
      if (!Starvation.isCauseOf(e)) {
        throw e;
      }
      listener.starved(e);
      return;
    }
    if (received == UnixConnection.END) {
      listener.ended();
    }
  }

  private int receiveUffd() throws IOException {
    ControlMessages messages = journal.taskMessages();
    int received = connection.peek(1, messages);
    if (received > 0) {
      if (messages.descriptor() < 0) {
        throw new IOException("criu restore sent no userfaultfd for process " + pid);
      }
      listener.task(pid, messages.descriptor(), sender(messages));
      pid = 0;
      connection.skip();
      messages.clear();
    }
    return received;
  }

  /** Each task sends its own. */
  private static Optional<RunningProcess> sender(ControlMessages messages) {
    return messages.sender() == 0
        ? Optional.empty()
        : Optional.of(RunningProcess.of(messages.sender()));
  }

  private int receiveWord() throws IOException {
    int received =
        connection.receiveInto(
            journal.wordBuffer(), journal.wordOffset() + wordBytes, WORD_BYTES - wordBytes);
    wordBytes += Math.max(received, 0);
    if (wordBytes == WORD_BYTES) {
      wordBytes = 0;
      int word = journal.wordBuffer().getInt(journal.wordOffset());
      journal.nextWord();
      takeWord(word);
    }
    return received;
  }

  private void takeWord(int value) throws IOException {
    if (value == RESTORE_FINISHED) {
      listener.restored();
    } else if (Math.abs((long) value) > MAX_PID || value == 0) {
      throw new IOException("criu restore sent " + value + " where a pid was due");
    } else if (value > 0) {
      pid = value;
    }
    // A negative pid is a zombie: it has no memory.
  }

  @Override
  public void close() {
    connection.close();
  }
}
