package io.criulazy.client.session;

import io.criulazy.client.fault.FaultLoop;
import io.criulazy.client.fault.FaultStatistics;
import io.criulazy.client.fault.LazyProcess;
import io.criulazy.client.fault.LazyTree;
import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.fault.LostPages;
import io.criulazy.client.fault.Starvation;
import io.criulazy.client.fault.Watched;
import io.criulazy.client.journal.SessionJournal;
import io.criulazy.client.sys.RunningProcess;
import io.criulazy.client.sys.StaleSocket;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.Uffd;
import io.criulazy.client.sys.UnixConnection;
import io.criulazy.client.sys.UnixListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
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

  private final FaultLoop loop;
  private final LazyTree tree;
  private final Starvation starvation = new Starvation();
  private final Path socket;
  private final TaskMemory images;
  private final FaultStatistics statistics;
  private final LostPagePolicy onLostPage;
  private final SessionJournal journal;

  private UnixListener listener;
  private RestoreConnection connection;
  private volatile RestoreState state = RestoreState.LISTENING;
  private volatile boolean endRequested;

  /**
   * Prepares; {@link #listen} begins.
   *
   * @param socket where criu looks for it
   * @param images the memory of the tasks to come
   * @param onLostPage what becomes of a process whose pages can't be had
   * @param journal where what has to outlive this program is kept
   */
  LazyRestore(
      Path socket,
      TaskMemory images,
      FaultStatistics statistics,
      LostPagePolicy onLostPage,
      SessionJournal journal)
      throws IOException {
    this.onLostPage = onLostPage;
    this.journal = journal;
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
    journal.setListener(listener.fd());
    listener.listen();
    loop.watch(this);
  }

  /**
   * Goes on where a program was killed. What was queued for that one waits in the sockets and
   * userfaultfds, which its keeper has held.
   */
  void resume(Resumption resumption) throws IOException {
    enter(RestoreState.RESTORING, "resumed with " + resumption.processes().size() + " processes");
    journal.setConnection(-1);
    journal.setListener(-1);
    int accepted = resumption.connection(socket);
    int listening = resumption.listener(socket);
    if (accepted >= 0) {
      if (listening >= 0) {
        new UnixListener(socket, resumption.take(listening)).close(); // it was about to do that
      }
      UnixConnection taken = new UnixConnection(resumption.take(accepted));
      journal.setConnection(taken.fd());
      connection = new RestoreConnection(taken, this, journal);
      connection.resume(resumption.expectedTask());
    } else if (listening >= 0) {
      listener = new UnixListener(socket, resumption.take(listening));
      journal.setListener(listener.fd());
      enter(RestoreState.LISTENING, "no restore had come");
    }
  }

  /** Begins to serve what was resumed. */
  void serve(Resumption resumption) throws IOException {
    if (connection != null) {
      loop.watch(connection);
    } else if (listener != null) {
      loop.watch(this);
    }
    for (LazyProcess process : resumption.processes()) {
      tree.resume(process);
    }
    if (resumption.isRestored()) {
      restored();
    } else if (state == RestoreState.RESTORING && connection == null) {
      abort("the connection to criu restore was lost with the program that held it");
    }
  }

  LazyTree tree() {
    return tree;
  }

  RestoreState state() {
    return state;
  }

  TaskMemory memory() {
    return images;
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
      if (endRequested && state == RestoreState.LISTENING) {
        stopListening();
        enter(RestoreState.CANCELLED, "asked to end before a restore came");
      }
    }
    if (state == RestoreState.FILLING) {
      if (tree.anyLost()) {
        enter(RestoreState.FAILED, "pages could not be had");
      } else {
        enter(RestoreState.COMPLETE, "nothing is missing");
      }
    } else if (state == RestoreState.ABORTED) {
      enter(RestoreState.FAILED, "its processes are gone");
    }
    return state == RestoreState.COMPLETE;
  }

  private boolean isOver() {
    return switch (state) {
      case LISTENING, RESTORING -> false;
      case FILLING, ABORTED -> tree.isFinished();
      case COMPLETE, FAILED, CANCELLED -> true;
    };
  }

  /** Asks for the end: at once while no restore has come, else when all memory is in place. */
  void requestEnd() {
    endRequested = true;
    if (state != RestoreState.LISTENING) {
      LOG.warn(
          "asked to end: {} pages are to be delivered first; asked once more, I leave at once and"
              + " the processes wait",
          tree.duePages());
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
    UnixConnection accepted;
    try {
      accepted = listener.accept();
    } catch (SysException e) {
      if (!Starvation.isCauseOf(e)) {
        throw e;
      }
      starved(e);
      return;
    }
    if (accepted == null) {
      return;
    }
    if (!Peer.mayRestore(accepted.peer())) {
      accepted.close();
      return;
    }
    journal.setConnection(accepted.fd());
    stopListening();
    enter(RestoreState.RESTORING, "criu restore has connected, pid " + accepted.peer().pid());
    connection = new RestoreConnection(accepted, this, journal);
    loop.watch(connection);
  }

  /** Before the state tells that another one may listen at this path. */
  private void stopListening() {
    loop.forget(this);
    listener.close();
    journal.setListener(-1); // not before: whoever goes on where this is killed closes it, too
  }

  /** A program that was killed may have closed its socket and not yet removed it. */
  void removeStaleSocket() throws IOException {
    if (state != RestoreState.LISTENING) {
      StaleSocket.remove(socket);
    }
  }

  @Override
  public void task(int pid, int uffd, Optional<RunningProcess> running) throws IOException {
    Uffd taken = new Uffd(uffd);
    String name = Integer.toString(pid);
    LazyProcess process;
    try {
      process =
          new LazyProcess(
              name,
              taken,
              images.addressSpace(pid),
              images.source(pid),
              statistics,
              journal.processes().record(name, uffd, running),
              new LostPages(onLostPage, running));
    } catch (IOException e) {
      tree.block(taken);
      throw e;
    }
    LOG.info("process {}: {} pages are lazy", pid, process.duePages());
    tree.add(process);
  }

  @Override
  public void starved(SysException why) {
    starvation.complain("criu restore", why);
  }

  @Override
  public void restored() {
    enter(
        RestoreState.FILLING, "the tree is restored; " + tree.duePages() + " pages are to follow");
    tree.restored();
  }

  @Override
  public void ended() {
    hangUp();
    if (state == RestoreState.RESTORING) {
      abort("the restore ended before the tree was up: see criu's own log of the restore");
    }
  }

  private void abort(String reason) {
    if (state == RestoreState.ABORTED) {
      return;
    }
    enter(RestoreState.ABORTED, reason);
    LOG.error("the restore has failed: {}", reason);
    hangUp(); // a criu that still restores fails and ends its tasks
    tree.abandon(reason);
  }

  private void hangUp() {
    if (connection != null) {
      loop.forget(connection);
      journal.setConnection(-1);
      connection.close();
      connection = null;
    }
  }

  private void enter(RestoreState next, String reason) {
    LOG.info("{} -> {}: {}", state, next, reason);
    state = next;
  }

  /** Ends the journal if there is nothing left to resume. */
  @Override
  public void close() throws IOException {
    boolean over = isOver();
    tree.close();
    hangUp();
    if (listener != null) {
      listener.close();
    }
    loop.close();
    if (over) {
      journal.end();
    } else {
      journal.close();
    }
  }
}
