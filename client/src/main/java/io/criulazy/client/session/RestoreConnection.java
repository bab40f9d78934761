package io.criulazy.client.session;

import io.criulazy.client.fault.Watched;
import io.criulazy.client.journal.SessionJournal;
import io.criulazy.client.sys.UnixConnection;
import java.io.IOException;

/**
 * What a restoring criu says over the lazy-pages socket.
 *
 * <pre>
 * for each task:      int32 pid (native order), then 1 byte with the task's userfaultfd (SCM_RIGHTS)
 * for each zombie:    int32 -pid
 * when all is up:     uint32 0x52535446 ("RSTF")
 * </pre>
 *
 * Source: CRIU's criu/uffd.c. A pid is at most 2^22, so RSTF can't be taken for one. Used by the
 * fault loop's thread.
 */
final class RestoreConnection implements Watched, AutoCloseable {
  static final int RESTORE_FINISHED = 0x52535446;
  private static final int MAX_PID = 1 << 22;
  private static final int WORD_BYTES = 4;

  /** Learns what is received. */
  interface Listener {
    /** A task of the tree, by its pid in the images; the userfaultfd is the listener's now. */
    void task(int pid, int uffd) throws IOException;

    /** All tasks are up and run. */
    void restored();

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

  /** The task whose pid came last, when its userfaultfd has not been received. */
  void expectUffdOf(int task) {
    pid = task;
  }

  @Override
  public int fd() {
    return connection.fd();
  }

  @Override
  public void ready() throws IOException {
    int received;
    do {
      received = pid != 0 ? receiveUffd() : receiveWord();
    } while (received > 0);
    if (received == UnixConnection.END) {
      listener.ended();
    }
  }

  private int receiveUffd() throws IOException {
    int received = connection.receive(1);
    if (received > 0) {
      int uffd = connection.takeDescriptor();
      if (uffd < 0) {
        throw new IOException("criu restore sent no userfaultfd for process " + pid);
      }
      int task = pid;
      pid = 0;
      listener.task(task, uffd);
    }
    return received;
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
