package io.criulazy.client.session;

import io.criulazy.client.fault.Watched;
import io.criulazy.client.sys.UnixConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

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
  private static final int RESTORE_FINISHED = 0x52535446;
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

  private final byte[] word = new byte[WORD_BYTES];
  private int wordBytes;

  /** The task whose userfaultfd comes next; 0 if a word comes next. */
  private int pid;

  RestoreConnection(UnixConnection connection, Listener listener) {
    this.connection = connection;
    this.listener = listener;
  }

  @Override
  public int fd() {
    return connection.fd();
  }

  @Override
  public void ready() throws IOException {
    while (true) {
      int received = connection.receive(pid != 0 ? 1 : WORD_BYTES - wordBytes);
      if (received == UnixConnection.NOTHING_YET) {
        return;
      }
      if (received == UnixConnection.END) {
        listener.ended();
        return;
      }
      take(received);
    }
  }

  private void take(int received) throws IOException {
    if (pid != 0) {
      int uffd = connection.takeDescriptor();
      if (uffd < 0) {
        throw new IOException("criu restore sent no userfaultfd for process " + pid);
      }
      int task = pid;
      pid = 0;
      listener.task(task, uffd);
      return;
    }
    for (int i = 0; i < received; i++) {
      word[wordBytes++] = connection.receivedByte(i);
    }
    if (wordBytes == WORD_BYTES) {
      wordBytes = 0;
      takeWord(ByteBuffer.wrap(word).order(ByteOrder.nativeOrder()).getInt());
    }
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
