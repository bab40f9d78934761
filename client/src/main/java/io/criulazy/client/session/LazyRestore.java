package io.criulazy.client.session;

import io.criulazy.client.fault.FaultLoop;
import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.client.fault.LazyProcess;
import io.criulazy.client.fault.LazyTree;
import io.criulazy.client.fault.Watched;
import io.criulazy.client.sys.Uffd;
import io.criulazy.client.sys.UnixConnection;
import io.criulazy.client.sys.UnixListener;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One lazy restore, from its socket to its end: waits for a restoring criu, takes its tasks, and
 * delivers their memory until nothing is missing.
 *
 * <p>Runs on the thread that calls {@link #run}, which becomes the fault loop's.
 */
final class LazyRestore implements RestoreConnection.Listener, Watched, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LazyRestore.class);

  /** How a lazy restore stands. */
  enum State {
    /** The socket is there; no restore has come. */
    LISTENING,
    /** A restore is under way: its tasks' faults are answered. */
    RESTORING,
    /** The tree is up; the rest is being delivered. */
    FILLING,
    /** The restore ended before its tree was up: nothing may run on with missing memory. */
    ABORTED,
    /** Asked to end before a restore came. */
    CANCELLED
  }

  private final FaultLoop loop;
  private final LazyTree tree;
  private final Path socket;
  private final TaskMemory images;
  private final FaultStatistics statistics;

  private UnixListener listener;
  private RestoreConnection connection;
  private volatile State state = State.LISTENING;
  private volatile boolean endRequested;

  /**
   * Prepares; {@link #listen} begins.
   *
   * @param socket where criu looks for it
   * @param images the memory of the tasks to come
   */
  LazyRestore(Path socket, TaskMemory images, FaultStatistics statistics) throws IOException {
    this.images = images;
    this.statistics = statistics;
    loop = new FaultLoop();
    tree = new LazyTree(loop);
    images.onArrival(tree);
    this.socket = socket;
  }

  /** Makes the socket: whoever waits for it may start the restore. */
  void listen() throws IOException {
    listener = new UnixListener(socket);
    loop.watch(this);
  }

  LazyTree tree() {
    return tree;
  }

  State state() {
    return state;
  }

  /**
   * Serves until there is nothing left to do.
   *
   * @return whether a tree was restored and has all of its memory, or has exited
   */
  boolean run() throws IOException {
    while (!isOver()) {
      try {
        tree.runOnce();
      } catch (IOException e) {
        abort(e.getMessage());
      }
      if (endRequested && state == State.LISTENING) {
        enter(State.CANCELLED, "asked to end before a restore came");
      }
    }
    return state == State.FILLING && !tree.anyLost();
  }

  private boolean isOver() {
    return switch (state) {
      case LISTENING, RESTORING -> false;
      case FILLING, ABORTED -> tree.isFinished();
      case CANCELLED -> true;
    };
  }

  /** Asks for the end: at once while no restore has come, else when all memory is in place. */
  void requestEnd() {
    endRequested = true;
    if (state != State.LISTENING) {
      LOG.warn("asked to end: {} pages are to be delivered first", tree.duePages());
    }
    loop.wake();
  }

  @Override
  public int fd() {
    return listener.fd();
  }

  /** A restore connects. */
  @Override
  public void ready() throws IOException {
    UnixConnection accepted = listener.accept();
    if (accepted == null) {
      return;
    }
    if (!Peer.mayRestore(accepted.peer())) {
      accepted.close();
      return;
    }
    enter(State.RESTORING, "criu restore has connected, pid " + accepted.peer().pid());
    loop.forget(this);
    listener.close();
    connection = new RestoreConnection(accepted, this);
    loop.watch(connection);
  }

  @Override
  public void task(int pid, int uffd) throws IOException {
    Uffd taken = new Uffd(uffd);
    LazyProcess process;
    try {
      process =
          new LazyProcess(
              Integer.toString(pid),
              taken,
              images.addressSpace(pid),
              images.source(pid),
              statistics);
    } catch (IOException e) {
      tree.block(taken);
      throw e;
    }
    LOG.info("process {}: {} pages are lazy", pid, process.duePages());
    tree.add(process);
  }

  @Override
  public void restored() {
    enter(State.FILLING, "the tree is restored; " + tree.duePages() + " pages are to follow");
    tree.restored();
  }

  @Override
  public void ended() {
    hangUp();
    if (state == State.RESTORING) {
      abort("the restore ended before the tree was up: see criu's own log of the restore");
    }
  }

  private void abort(String reason) {
    if (state == State.ABORTED) {
      return;
    }
    enter(State.ABORTED, reason);
    LOG.error("the restore has failed: {}", reason);
    hangUp(); // a criu that still restores fails and ends its tasks
    tree.abandon(reason);
  }

  private void hangUp() {
    if (connection != null) {
      loop.forget(connection);
      connection.close();
      connection = null;
    }
  }

  private void enter(State next, String reason) {
    LOG.info("{} -> {}: {}", state, next, reason);
    state = next;
  }

  @Override
  public void close() {
    tree.close();
    hangUp();
    if (listener != null) {
      listener.close();
    }
    loop.close();
  }
}
