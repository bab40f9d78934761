package io.criulazy.client.fault;

import io.criulazy.client.source.AnswerLoop;
import io.criulazy.client.source.AnswerReader;
import io.criulazy.client.source.PageSource;
import io.criulazy.client.source.Urgency;
import io.criulazy.client.sys.SysException;
import io.criulazy.client.sys.Uffd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processes of one restored tree, their forked children included, from the first userfaultfd to
 * the last page.
 *
 * <p>Owned by the fault loop's thread; the filler and whoever shows progress read the published
 * list of processes.
 */
public final class LazyTree implements AnswerLoop, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LazyTree.class);

  static final int IDLE_WAIT_MS = 1_000;
  static final int RETRY_WAIT_MS = 1;

  /** A source tells of arrivals; this is for one that could not even ask yet. */
  static final int AWAITED_WAIT_MS = 5;

  static final int BLOCKED_WAIT_MS = 50;

  static final long CHECK_INTERVAL_NS = 100_000_000;

  private final FaultLoop loop;
  private final Filler filler;

  private final ForkListener forks = this::forked;

  /** Replaced, never changed; written by the loop's thread. */
  private volatile Member[] members = {};

  private final List<BlockedProcess> blocked = new ArrayList<>();
  private final Queue<AnswerReader> newReaders = new ConcurrentLinkedQueue<>();
  private volatile Thread loopThread;
  private volatile boolean restored;

  private final LoopFill ownFill = new LoopFill();
  private long checkedNs = System.nanoTime();
  private boolean anyLost;
  private final Starvation starvation = new Starvation();

  public LazyTree(FaultLoop loop) {
    this.loop = loop;
    this.filler = new Filler(this, loop::wake);
  }

  /** A process and its place in the loop. */
  private final class Member implements Watched {
    private final LazyProcess process;

    Member(LazyProcess process) {
      this.process = process;
    }

    @Override
    public int fd() {
      return process.fd();
    }

    @Override
    public void ready() {
      serve(process);
    }
  }

  /** Takes a process over: its faults are answered from now on. */
  public void add(LazyProcess process) throws SysException {
    Member member = new Member(process);
    loop.watch(member);
    Member[] more = Arrays.copyOf(members, members.length + 1);
    more[members.length] = member;
    members = more;
    process.announce();
  }

  /** Pages are here that a source had announced. Any thread. */
  @Override
  public void arrived(Urgency urgency) {
    if (urgency == Urgency.BACKGROUND && !ownFill.isOn()) {
      filler.wake();
    } else if (Thread.currentThread() != loopThread) {
      loop.wake();
    }
  }

  @Override
  public void watch(AnswerReader reader) {
    newReaders.add(reader);
    loop.wake();
  }

  private void watchNewReaders() {
    AnswerReader reader;
    while ((reader = newReaders.poll()) != null) {
      try {
        loop.watch(new WatchedAnswers(reader));
      } catch (SysException e) {
        LOG.warn("a connection to a page server can't be watched: {}", e.getMessage());
        reader.forgotten();
      }
    }
  }

  /** A source's connection and its place in the loop. */
  private final class WatchedAnswers implements Watched {
    private final AnswerReader reader;

    WatchedAnswers(AnswerReader reader) {
      this.reader = reader;
    }

    @Override
    public int fd() {
      return reader.fd();
    }

    @Override
    public void ready() {
      if (!reader.ready()) {
        loop.forget(this);
        reader.forgotten();
      }
    }
  }

  /**
   * Takes over a process that an earlier program has served: what that one had read is asked again.
   */
  public void resume(LazyProcess process) throws SysException {
    add(process);
    process.wakeAll();
  }

  /** Takes the userfaultfd of a process that can't be served, and holds it while that lives. */
  public void block(Uffd uffd) {
    blocked.add(new BlockedProcess(uffd));
  }

  /**
   * The restore is complete: everything may be delivered now. criu holds the tasks for some
   * milliseconds more, and each has to have its first pages when it lets go.
   */
  public void restored() {
    if (!restored) {
      restored = true;
      for (Member member : members) {
        member.process.prime();
      }
      if (Arrays.stream(members).anyMatch(member -> member.process.source().isContended())) {
        ownFill.begin();
      } else {
        filler.start();
      }
    }
  }

  /**
   * The restore has failed, or what serves it has: no process may run on with missing memory.
   *
   * @param reason why, for the log
   */
  public void abandon(String reason) {
    for (Member member : members) {
      member.process.giveUp(reason);
    }
    restored();
  }

  /** The i-th of the processes that are not yet done, or null. Any thread. */
  LazyProcess process(int i) {
    Member[] current = members;
    return i < current.length ? current[i].process : null;
  }

  /** How many processes are not yet done. Loop's thread only. */
  int processCount() {
    return members.length;
  }

  /** The processes that are not yet done. Any thread. */
  public List<LazyProcess> processes() {
    return Arrays.stream(members).map(member -> member.process).toList();
  }

  /** Whether the restore is complete and no process needs anything any more. */
  public boolean isFinished() {
    return restored && members.length == 0 && blocked.isEmpty();
  }

  /** Whether pages of some process could not be had. */
  public boolean anyLost() {
    return anyLost;
  }

  /** How many processes miss pages that can't be had. Any thread. */
  public long lostProcesses() {
    return Arrays.stream(members).filter(member -> member.process.isLost()).count();
  }

  /** How many pages are due in all processes. Any thread. */
  public long duePages() {
    long pages = 0;
    for (Member member : members) {
      pages += member.process.duePages();
    }
    return pages;
  }

  /** How many faults have been read and not yet answered. Any thread. */
  public long unansweredFaults() {
    long faults = 0;
    for (Member member : members) {
      faults += member.process.unansweredFaults();
    }
    return faults;
  }

  /**
   * How long the oldest unanswered fault has waited, in nanoseconds; 0 if none does. Any thread.
   */
  public long oldestFaultAgeNs() {
    long nowNs = System.nanoTime();
    long ageNs = 0;
    for (Member member : members) {
      ageNs = Math.max(ageNs, member.process.oldestFaultAgeNs(nowNs));
    }
    return ageNs;
  }

  /** One round of the loop: waits for messages, answers them, lets go of what is done. */
  public void runOnce() throws IOException {
    loopThread = Thread.currentThread();
    loop.runOnce(Math.min(ownFill.waitMs(), waitMs()));
    watchNewReaders();
    for (Member member : members) {
      if (member.process.hasUnanswered()) {
        serve(member.process);
      }
      if (member.process.isDone(restored)) {
        letGo(member);
      }
    }
    blocked.removeIf(BlockedProcess::closeIfGone);
    if (ownFill.isOn()) {
      ownFill.step(this);
    }
    if ((!restored || ownFill.isOn()) && System.nanoTime() - checkedNs >= CHECK_INTERVAL_NS) {
      checkSources(); // later the filler does
      checkedNs = System.nanoTime();
    }
  }

  /** Finds out whose pages can't be had any more. Any thread. */
  void checkSources() {
    for (Member member : members) {
      try {
        member.process.source().verifyUnchanged();
      } catch (IOException e) {
        member.process.lose(e.getMessage());
      }
    }
  }

  private int waitMs() {
    boolean awaited = false;
    for (Member member : members) {
      if (member.process.hasRetries()) {
        return RETRY_WAIT_MS;
      }
      awaited |= member.process.hasUnanswered();
    }
    if (awaited) {
      return AWAITED_WAIT_MS;
    }
    boolean watched = !blocked.isEmpty() || !restored && members.length > 0;
    return watched ? BLOCKED_WAIT_MS : IDLE_WAIT_MS;
  }

  private void serve(LazyProcess process) {
    try {
      process.serve(forks);
    } catch (SysException e) {
      if (Starvation.isCauseOf(e)) {
        starvation.complain("process " + process.name() + ", which forks,", e);
      } else {
        process.giveUp(e.getMessage());
      }
    } catch (IOException e) {
      process.giveUp(e.getMessage());
    }
  }

  /** What fails here fails for the child alone: its parent has all that it needs. */
  private void forked(
      LazyProcess parent, String name, int number, AddressSpace space, PageSource source)
      throws IOException {
    Uffd uffd = new Uffd(number);
    try {
      ProcessRecord record = parent.record().child(name, number);
      LostPages lostPages = parent.lostPages().ofChild();
      add(new LazyProcess(name, uffd, space, source, parent.statistics(), record, lostPages));
    } catch (IOException e) {
      anyLost = true;
      block(uffd);
      LOG.error(
          "process {} can't be served: {}. It waits at its next missing page; kill it",
          name,
          e.getMessage());
    }
  }

  private void letGo(Member done) {
    loop.forget(done);
    done.process.close();
    anyLost |= done.process.isLost();
    members = Arrays.stream(members).filter(member -> member != done).toArray(Member[]::new);
    LOG.info("process {}: {}", done.process.name(), done.process.state());
  }

  /** Waits for the filler to end; the tree is finished or its loop has failed. */
  @Override
  public void close() {
    filler.close();
  }
}
